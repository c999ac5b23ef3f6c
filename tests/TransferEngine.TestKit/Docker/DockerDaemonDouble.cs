using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TransferEngine.TestKit.Docker;

/// <summary>
/// A double of the Docker Engine API over a unix socket: what <c>docker save</c>, <c>docker load</c> and <c>docker image ls</c> use of
/// it. Strict: versions that it does not speak, unknown paths and wrong methods are errors, told as <c>{"message": …}</c>.
/// </summary>
public sealed partial class DockerDaemonDouble : IAsyncDisposable
{
    private static readonly Version Oldest = new(1, 24);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Version _version;

    private DockerDaemonDouble(WebApplication app, string socket, string version) => (_app, Host, _version) = (app, "unix://" + socket, Version.Parse(version));

    public DaemonImages Images { get; } = new();

    /// <summary>For <c>DOCKER_HOST</c>.</summary>
    public string Host { get; }

    /// <summary>Method, path and query of each request.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>How many bytes of a save are sent before the connection is cut; null for all.</summary>
    public int? CutsSaveAfter { get; set; }

    /// <summary>What a load ends with in place of success: a disk that is full, for example.</summary>
    public string? LoadError { get; set; }

    /// <param name="socket">Path of the socket; short, as the system allows some hundred characters.</param>
    /// <param name="version">The API version that it speaks.</param>
    public static async Task<DockerDaemonDouble> StartAsync(string socket, string version = "1.47")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenUnixSocket(socket);
        });
        var app = builder.Build();
        var daemon = new DockerDaemonDouble(app, socket, version);
        app.Run(daemon.AnswerAsync);
        await app.StartAsync();
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext http)
    {
        _requests.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
        http.Response.Headers["Api-Version"] = _version.ToString();
        if (http.Request.Path == "/_ping")
            return http.Response.WriteAsync("OK");
        var match = Versioned().Match(http.Request.Path.Value ?? "");
        if (!match.Success)
            return ErrorAsync(http, 404, "page not found");
        var asked = Version.Parse(match.Groups[1].Value);
        if (asked > _version)
            return ErrorAsync(http, 400, $"client version {asked} is too new. Maximum supported API version is {_version}");
        if (asked < Oldest)
            return ErrorAsync(http, 400, $"client version {asked} is too old. Minimum supported API version is {Oldest}, please upgrade your client to a newer version");
        return (http.Request.Method, match.Groups[2].Value) switch
        {
            ("GET", "images/json") => ListAsync(http),
            ("GET", "images/get") => SaveAsync(http),
            ("POST", "images/load") => LoadAsync(http),
            _ => ErrorAsync(http, 404, "page not found"),
        };
    }

    private Task ListAsync(HttpContext http)
    {
        var images = Images.Named.GroupBy(image => image.Value.Id).Select(group => new
        {
            Id = group.Key.ToString(),
            RepoTags = group.Select(image => image.Key),
            Size = group.First().Value.Layers.Sum(layer => layer.Content.Length),
        });
        // An image that lost its name, as every daemon has some.
        var dangling = new { Id = "sha256:" + new string('0', 64), RepoTags = Enumerable.Empty<string>(), Size = 0 };
        return WriteJsonAsync(http, images.Append(dangling));
    }

    private async Task SaveAsync(HttpContext http)
    {
        var names = http.Request.Query["names"].Select(name => name!).ToList();
        if (Images.Save(names) is not { } archive)
        {
            await ErrorAsync(http, 404, $"No such image: {names.Find(name => !Images.Named.ContainsKey(name))}");
            return;
        }
        http.Response.ContentType = "application/x-tar";
        await http.Response.Body.WriteAsync(archive.AsMemory(0, Math.Min(archive.Length, CutsSaveAfter ?? archive.Length)));
        if (CutsSaveAfter is not null)
        {
            await http.Response.Body.FlushAsync();
            http.Abort();
        }
    }

    private async Task LoadAsync(HttpContext http)
    {
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content);
        content.Position = 0;
        // The daemon answers before it has unpacked, so errors come as part of the answer.
        try
        {
            if (LoadError is not null)
                throw new InvalidDataException(LoadError);
            foreach (var name in Images.Load(content))
                await WriteJsonAsync(http, new { stream = $"Loaded image: {name}\n" });
        }
        catch (InvalidDataException e)
        {
            await WriteJsonAsync(http, new { errorDetail = new { message = e.Message }, error = e.Message });
        }
    }

    private static Task ErrorAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        return WriteJsonAsync(http, new { message });
    }

    private static Task WriteJsonAsync<T>(HttpContext http, T value)
    {
        if (!http.Response.HasStarted)
            http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(value) + "\n");
    }

    [GeneratedRegex(@"\A/v([0-9]+\.[0-9]+)/(.+)\z")]
    private static partial Regex Versioned();
}

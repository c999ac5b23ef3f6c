using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TransferEngine.Registry.Tests.Fakes;

/// <summary>What a scripted registry was asked.</summary>
internal sealed record SeenRequest(string Method, string Target, string Authorization, string Cookie, string Accept, string ContentType, byte[] Body, string Range = "")
{
    public override string ToString() => $"{Method} {Target}";
}

/// <summary>An HTTP server on this machine that answers as the test says and remembers what it was asked.</summary>
internal sealed class ScriptedRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedRegistry(WebApplication app) => _app = app;

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    /// <summary>The answer to everything but <c>/v2/</c>, which is 200.</summary>
    public Func<SeenRequest, HttpContext, Task> Answer { get; set; } = (_, http) => StatusAsync(http, 404);

    /// <summary>The answer to <c>/v2/</c>.</summary>
    public Func<SeenRequest, HttpContext, Task> AnswerBase { get; set; } = (_, http) => StatusAsync(http, 200);

    public string Host => new Uri(_app.Urls.First()).Authority;

    /// <param name="port">Where it shall be; 0 for a free port.</param>
    /// <param name="certificate">Makes it speak TLS.</param>
    public static async Task<ScriptedRegistry> StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls($"{(certificate is null ? "http" : "https")}://127.0.0.1:{port}").ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
        });
        var app = builder.Build();
        var registry = new ScriptedRegistry(app);
        app.Run(registry.HandleAsync);
        await app.StartAsync();
        return registry;
    }

    public static Task StatusAsync(HttpContext http, int status, string body = "", params (string Name, string Value)[] headers)
    {
        http.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            http.Response.Headers.Append(name, value);
        return body.Length == 0 ? Task.CompletedTask : http.Response.WriteAsync(body);
    }

    public static Task ErrorAsync(HttpContext http, int status, string code, string message = "said the registry") =>
        StatusAsync(http, status, $$"""{"errors":[{"code":"{{code}}","message":"{{message}}"}]}""");

    /// <summary>A target on this registry that has found out how to talk to it, with pauses of no length.</summary>
    public async Task<RegistryTarget> ConnectAsync(RegistryCredential? credential = null, string prefix = "", RegistryOptions? options = null, TimeProvider? time = null)
    {
        var target = RegistryTarget.Create(RegistryEndpoint.Parse(Host + prefix), options ?? new RegistryOptions { RetryDelay = TimeSpan.Zero },
            new FixedCredentials(credential), time ?? TimeProvider.System);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    /// <summary>A source on this registry, with pauses of no length.</summary>
    public RegistrySource Source(RegistryCredential? credential = null, string prefix = "", RegistryOptions? options = null, TimeProvider? time = null) =>
        RegistrySource.Create(RegistryEndpoint.Parse(Host + prefix), options ?? new RegistryOptions { RetryDelay = TimeSpan.Zero },
            new FixedCredentials(credential), time ?? TimeProvider.System);

    /// <summary>Answers with this content, as servers do that know Range, but drops the connection after so many bytes of it.</summary>
    public static async Task ContentAsync(SeenRequest request, HttpContext http, ReadOnlyMemory<byte> content, int cutAfter = int.MaxValue)
    {
        var rest = content;
        if (request.Range.Length > 0)
        {
            var from = int.Parse(request.Range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            http.Response.StatusCode = from < content.Length ? 206 : 416;
            http.Response.Headers.ContentRange = from < content.Length ? $"bytes {from}-{content.Length - 1}/{content.Length}" : $"bytes */{content.Length}";
            rest = from < content.Length ? content[from..] : default;
        }
        http.Response.ContentLength = rest.Length;
        // A server that returns with less than it has promised closes the connection once that is sent, which an abort may not wait for.
        await http.Response.Body.WriteAsync(rest[..Math.Min(rest.Length, cutAfter)]);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body);
        }
        catch (Exception e) when (e is IOException or BadHttpRequestException)
        {
            // The client gave up: what came is remembered, an answer would reach nobody.
        }
        var seen = new SeenRequest(http.Request.Method, http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
            http.Request.Headers.Authorization.ToString(), http.Request.Headers.Cookie.ToString(), http.Request.Headers.Accept.ToString(),
            http.Request.ContentType ?? "", body.ToArray(), http.Request.Headers.Range.ToString());
        Requests.Enqueue(seen);
        await (seen.Target == "/v2/" ? AnswerBase(seen, http) : Answer(seen, http));
    }
}

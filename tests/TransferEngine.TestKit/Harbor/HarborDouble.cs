using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit.Faults;

namespace TransferEngine.TestKit.Harbor;

/// <summary>
/// A double of Harbor on a loopback port, as strict as the real servers that it was written from: cookies and CSRF, the token
/// service, lock-outs, projects and robots, quotas, policies, uploads that can't be resumed. Behind it stands our own registry
/// over a storage tree, so that what was pushed can be looked at in files.
/// </summary>
public sealed class HarborDouble : IAsyncDisposable
{
    /// <summary>What the token service calls the registry.</summary>
    internal const string Service = "harbor-registry";

    private readonly WebApplication _app;
    private readonly RegistryTreeWriter _writer;
    private readonly ConcurrentQueue<HarborRequest> _requests = new();
    private readonly HarborTokens _tokens;
    private readonly HarborApi _api;
    private readonly HarborGate _gate;
    private readonly HarborRegistry _registry;

    private HarborDouble(WebApplication app, RegistryTreeWriter writer, HarborDoubleOptions options)
    {
        _app = app;
        _writer = writer;
        Version = options.Version;
        Accounts = new HarborAccounts(options.Time);
        Accounts.Add(new HarborAccount("admin", options.AdminPassword) { IsAdmin = true });
        Projects = new HarborProjects(options.Time);
        _tokens = new HarborTokens(Accounts, Projects, options);
        _api = new HarborApi(this, options);
        _gate = new HarborGate(this, _tokens);
        _registry = new HarborRegistry(this, writer);
    }

    public HarborVersion Version { get; }

    public HarborAccounts Accounts { get; }

    public HarborProjects Projects { get; }

    /// <summary>The system's read-only mode.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Called before a request is answered; what it returns true for gets no answer, but a cut connection.</summary>
    public Func<HttpRequest, bool> Cuts { get; set; } = _ => false;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => new Uri(_app.Urls.Single()).Authority;

    /// <summary>What was pushed.</summary>
    public RegistryTreeView View => _writer.View;

    public IReadOnlyList<HarborRequest> Requests => [.. _requests];

    public static async Task<HarborDouble> StartAsync(string root, HarborDoubleOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        var harbor = new HarborDouble(app, RegistryTreeWriter.OpenOrCreate(root), options ?? new HarborDoubleOptions());
        app.Run(harbor.HandleAsync);
        await app.StartAsync();
        return harbor;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _writer.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        long read = 0;
        http.Request.Body = new CountingStream(http.Request.Body, count => read += count);
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.Append("Set-Cookie", $"sid={Guid.NewGuid():N}; Path=/; HttpOnly");
            http.Response.Headers["X-Request-Id"] = http.TraceIdentifier;
            return Task.CompletedTask;
        });
        _ = AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var authorization);
        // Before the client has the answer: whoever has it may look for its request.
        http.Response.OnStarting(() =>
        {
            Note(http, authorization, read);
            return Task.CompletedTask;
        });
        if (Cuts(http.Request))
        {
            Note(http, authorization, read);
            http.Abort();
        }
        else
            await AnswerAsync(http, authorization);
    }

    // A session of the web portal is told by its cookie, and must prove itself by a token of its own: also where it never was one.
    private async Task AnswerAsync(HttpContext http, AuthenticationHeaderValue? authorization)
    {
        var path = http.Request.Path.Value ?? "";
        if (http.Request.Cookies.ContainsKey("sid") && http.Request.Method is "POST" or "PUT" or "PATCH" && path != "/service/token")
        {
            http.Response.Headers["X-Harbor-Csrf-Token"] = Guid.NewGuid().ToString("N");
            await HarborReply.ErrorAsync(http, 403, "FORBIDDEN", "CSRF token invalid");
        }
        else if (path == "/service/token")
            await _tokens.AnswerAsync(http, authorization);
        else if (path.StartsWith("/api/v2.0/", StringComparison.Ordinal))
            await _api.AnswerAsync(http, path[9..], Accounts.Find(authorization) is { HasCliSecret: false } account ? account : null);
        else if (path is "/v2" || path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            var route = HarborRoute.Parse(path);
            if (await _gate.AdmitAsync(http, route, authorization))
                await _registry.AnswerAsync(http, route);
        }
        else
            await HarborReply.TextAsync(http, 404);
    }

    private void Note(HttpContext http, AuthenticationHeaderValue? authorization, long read) => _requests.Enqueue(new HarborRequest(
        http.Request.Method, http.Request.Path.Value ?? "", http.Request.QueryString.Value ?? "", authorization?.Scheme ?? "", http.Response.StatusCode, read));
}

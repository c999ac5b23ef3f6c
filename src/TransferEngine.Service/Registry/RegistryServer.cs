using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>A registry over a storage tree that listens, from <see cref="StartAsync"/> until it is disposed.</summary>
public sealed class RegistryServer : IAsyncDisposable
{
    // As distribution's default: what was abandoned for a week is not gone on with.
    private static readonly TimeSpan UploadAge = TimeSpan.FromDays(7);

    private readonly WebApplication _app;
    private readonly BasicAuthentication? _guard;

    private RegistryServer(WebApplication app, BasicAuthentication? guard)
    {
        (_app, _guard) = (app, guard);
        Address = new Uri(app.Urls.Single());
    }

    /// <summary>Where it listens, the port that it got included.</summary>
    public Uri Address { get; }

    /// <param name="tree">What to serve, owned by the caller.</param>
    /// <param name="options">Where and how to listen.</param>
    /// <param name="log">For the server's own trouble.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.EndpointInvalid"/> (the address or a file of the options) or <see cref="ErrorCode.ListenFailed"/>, with
    /// <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static async Task<RegistryServer> StartAsync(
        ServedTree tree, RegistryServerOptions options, ILoggerFactory? log, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(log ?? NullLoggerFactory.Instance);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        var app = builder.Build();
        var guard = options.HtpasswdPath is { } users ? new BasicAuthentication(Htpasswd.Read(users), TimeProvider.System) : null;
        if (guard is not null)
            app.Use(guard.GuardAsync);
        app.Run(new RegistryApi(tree.View, tree.Writer, app.Services.GetRequiredService<ILogger<RegistryApi>>()).AnswerAsync);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            if (tree.Writer is { } writer)
                _ = Task.Run(() => PurgeDailyAsync(writer, app.Logger, app.Lifetime.ApplicationStopping), CancellationToken.None);
            return new RegistryServer(app, guard);
        }
        catch (IOException e)
        {
            guard?.Dispose();
            await app.DisposeAsync().ConfigureAwait(false);
            throw new TransferException(new TransferError(ErrorCode.ListenFailed, $"It can't listen on {Printable.Of(options.Listen)}: {Printable.Of(e.InnerException?.Message ?? e.Message)}.")
            { Scope = ErrorScope.Endpoint, Hint = "Choose another port with --listen." }, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // First, as a request whose password waits for its check would be waited for.
        _guard?.Dispose();
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(KestrelServerOptions kestrel, RegistryServerOptions options)
    {
        kestrel.AddServerHeader = false;
        // Layers have no size limit, and a client that streams from a slow source is no attacker.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        var certificate = options.CertificatePath is { } path ? ReadCertificate(path, options.KeyPath) : null;
        kestrel.Listen(ParseAddress(options.Listen), listen =>
        {
            // Several connections, each with its own window, move blobs faster than one that is shared.
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
                listen.UseHttps(certificate);
        });
    }

    private static IPEndPoint ParseAddress(string text)
    {
        var address = text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text[9..] : text.StartsWith(':') ? "0.0.0.0" + text : text;
        return IPEndPoint.TryParse(address, out var endpoint) && (endpoint.Port > 0 || text.EndsWith(":0", StringComparison.Ordinal))
            ? endpoint
            : throw Invalid($"'{Printable.Of(text)}' is no address to listen on.", "Write IP:PORT, for example 127.0.0.1:5000, or 0.0.0.0:5000 for every interface.");
    }

    private static X509Certificate2 ReadCertificate(string path, string? keyPath)
    {
        try
        {
            using var read = X509Certificate2.CreateFromPemFile(path, keyPath);
            // A key that was never in a store is not accepted by every platform's TLS: take the detour that is.
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The certificate {path} or its key can't be read: {Printable.Of(e.Message)}", "Both must be PEM files, the key without a password.", e);
        }
    }

    private static async Task PurgeDailyAsync(RegistryTreeWriter writer, ILogger log, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromDays(1), TimeProvider.System);
        try
        {
            do
            {
                Purge(writer, log);
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private static void Purge(RegistryTreeWriter writer, ILogger log)
    {
        try
        {
            writer.PurgeUploads(UploadAge);
        }
        catch (TransferException e)
        {
            RegistryLog.PurgeFailed(log, e.Error);
        }
    }

    internal static TransferException Invalid(string message, string hint, Exception? inner = null) =>
        new(new TransferError(ErrorCode.EndpointInvalid, message) { Scope = ErrorScope.Endpoint, Hint = hint }, inner);
}

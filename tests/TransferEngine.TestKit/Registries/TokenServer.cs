using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TransferEngine.TestKit.Registries;

/// <summary>
/// A token server as docker-registry believes it (distribution's <c>docs/spec/auth/jwt.md</c>): it knows one user, and signs tokens for the
/// scopes that were asked for, for a minute. Whoever comes without the user's password gets a token without any right, as many
/// servers do.
/// </summary>
public sealed class TokenServer : IAsyncDisposable
{
    public const string Service = "test registry";
    public const string Issuer = "test issuer";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _app;
    private readonly string _basic;
    private int _issued;
    private int _answered;

    private TokenServer(WebApplication app, string user, string password)
    {
        _app = app;
        _basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        var now = TimeProvider.System.GetUtcNow();
        _certificate = new CertificateRequest("CN=token signer", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>Where clients ask for tokens.</summary>
    public Uri Realm => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/token");

    /// <summary>Tokens with rights that were handed out.</summary>
    public int Issued => _issued;

    /// <summary>Requests that were answered, with a token or without.</summary>
    public int Answered => _answered;

    /// <summary>The certificate that the registry checks signatures by, as PEM: its <c>rootcertbundle</c>.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    public static async Task<TokenServer> StartAsync(string user, string password)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new TokenServer(builder.Build(), user, password);
        server._app.MapGet("/token", server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
        _key.Dispose();
    }

    private Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _answered);
        var shown = http.Request.Headers.Authorization.ToString();
        if (shown.Length > 0 && shown != _basic)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }
        var access = shown == _basic
            ? http.Request.Query["scope"].SelectMany(scope => scope!.Split(' ')).Select(scope => scope.Split(':')).Where(parts => parts.Length == 3)
                .Select(parts => new { type = parts[0], name = parts[1], actions = parts[2].Split(',') }).ToArray()
            : [];
        if (access.Length > 0)
            Interlocked.Increment(ref _issued);
        return http.Response.WriteAsJsonAsync(new { token = Sign(access), expires_in = (int)Life.TotalSeconds });
    }

    private string Sign(object access)
    {
        var now = TimeProvider.System.GetUtcNow();
        var header = new { typ = "JWT", alg = "RS256", x5c = new[] { Convert.ToBase64String(_certificate.RawData) } };
        var claims = new
        {
            iss = Issuer,
            sub = "",
            aud = Service,
            exp = (now + Life).ToUnixTimeSeconds(),
            nbf = now.AddSeconds(-5).ToUnixTimeSeconds(),
            iat = now.ToUnixTimeSeconds(),
            jti = Guid.NewGuid().ToString("N"),
            access,
        };
        var text = $"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{text}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;
using TransferEngine.TestKit;

namespace TransferEngine.Registry.Tests.Transport;

/// <summary>What was given for a registry, or goes to it over TLS, does not go to where it sends its clients.</summary>
public sealed class ElsewhereTests : IDisposable
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Some = Digest.OfSha256([1]);

    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _certificate = TestCertificate.Create();

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("http://elsewhere.example/upload/1")]
    [InlineData("http://10.0.0.1/upload/1")]
    [InlineData("//elsewhere.example/upload/1")]
    public async Task An_upload_location_out_of_TLS_is_not_accepted(string location)
    {
        await using var registry = await ScriptedRegistry.StartAsync(certificate: _certificate);
        await using var target = await registry.ConnectAsync(options: Careless);
        registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 202, "", ("Location", location));
        var failure = await Record.ExceptionAsync(() => target.StartUploadAsync(App, CancellationToken.None));
        Assert.Equal(ErrorCode.ProtocolViolation, Assert.IsType<TransferException>(failure).Error.Code);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_let_pass_for_its_root()
    {
        using var certificate = TestCertificate.Create(IPAddress.Parse("192.0.2.1"));
        Directory.CreateDirectory(_folder.Of("certs"));
        File.WriteAllText(_folder.Of("certs/ca.crt"), certificate.ExportCertificatePem());
        await using var registry = await ScriptedRegistry.StartAsync(certificate: certificate);
        var options = new RegistryOptions { CertDir = _folder.Of("certs"), RetryTimes = 0 };
        var failure = await Assert.ThrowsAsync<TransferException>(() => registry.ConnectAsync(options: options));
        Assert.Equal(ErrorCode.TlsFailed, failure.Error.Code);
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task A_redirect_out_of_TLS_is_not_followed()
    {
        await using var store = await ScriptedRegistry.StartAsync();
        await using var registry = await ScriptedRegistry.StartAsync(certificate: _certificate);
        await using var target = await registry.ConnectAsync(options: Careless);
        registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 307, "", ("Location", $"http://{store.Host}/blob"));
        var failure = await Record.ExceptionAsync(() => target.HeadBlobAsync(App, Some, CancellationToken.None));
        Assert.Equal(ErrorCode.ProtocolViolation, Assert.IsType<TransferException>(failure).Error.Code);
        Assert.Empty(store.Requests);
    }

    [Fact]
    public async Task A_registry_behind_TLS_that_does_not_know_of_it_is_still_spoken_to_over_TLS()
    {
        await using var registry = await ScriptedRegistry.StartAsync(certificate: _certificate);
        await using var target = await registry.ConnectAsync(options: Careless);
        registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "http://127.0.0.1:80/upload/1?_state=a%2Fb"));
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        Assert.Equal($"https://{registry.Host}/upload/1?_state=a%2Fb", session.Location.OriginalString);
    }

    [Fact]
    public async Task A_session_that_is_not_finished_is_cancelled_with_the_registry_s_token()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var challenge = ("WWW-Authenticate", "Basic realm=\"r\"");
        registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", challenge);
        registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http, request.Method == "POST" ? 202 : 204, "", ("Location", "/upload/1?_state=x"));
        await using var target = await registry.ConnectAsync(new RegistryCredential("mover", "right"));
        await target.CancelUploadAsync(await target.StartUploadAsync(App, CancellationToken.None), CancellationToken.None);
        var last = registry.Requests.Last();
        Assert.Equal("DELETE /upload/1?_state=x", last.ToString());
        Assert.StartsWith("Basic ", last.Authorization, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_registry_s_roots_and_the_client_s_certificate_are_for_its_own_host_alone()
    {
        Directory.CreateDirectory(_folder.Of("certs"));
        File.WriteAllText(_folder.Of("certs/ca.crt"), _certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Of("certs/client.cert"), _certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Of("certs/client.key"), _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var shown = new List<string>();
        await using var store = await StartAsync(shown, http => http.Response.ContentLength = 7);
        await using var registry = await StartAsync(shown, http =>
        {
            http.Response.StatusCode = http.Request.Path == "/v2/" ? 200 : 307;
            // By another of its names, as which the same certificate vouches for it.
            http.Response.Headers.Location = $"https://localhost:{new Uri(store.Urls.First()).Port}/blob";
        });
        await using var target = RegistryTarget.Create(RegistryEndpoint.Parse(new Uri(registry.Urls.First()).Authority),
            new RegistryOptions { CertDir = _folder.Of("certs"), RetryTimes = 0 }, FixedCredentials.Anonymous, TimeProvider.System);
        await target.CheckAsync(CancellationToken.None);
        Assert.Equal(["CN=127.0.0.1"], shown);

        var error = (await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Some, CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.TlsFailed, ErrorScope.Blob), (error.Code, error.Scope));
        Assert.Contains("localhost", error.Message, StringComparison.Ordinal);
        Assert.Contains("trusted by this system", error.Hint, StringComparison.Ordinal);
        Assert.All(shown, subject => Assert.Equal("CN=127.0.0.1", subject));
    }

    [Fact]
    public async Task A_private_address_that_is_written_out_is_not_asked_for_though_a_proxy_would()
    {
        var guard = new AddressGuard("registry.example", (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        foreach (var address in new[] { "http://169.254.169.254/latest", "http://[::1]:5000/", "http://2130706433/", "http://[64:ff9b::a00:1]/" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            var failure = await Assert.ThrowsAsync<TransferException>(() => guard.MarkAsync(request, CancellationToken.None).AsTask());
            Assert.Equal(ErrorCode.ProtocolViolation, failure.Error.Code);
        }
        using var fit = new HttpRequestMessage(HttpMethod.Get, "https://store.example/blob");
        await guard.MarkAsync(fit, CancellationToken.None);
        Assert.True(AddressGuard.IsMarked(fit));
    }

    private static RegistryOptions Careless => new() { TlsVerify = false, RetryDelay = TimeSpan.Zero };

    private async Task<WebApplication> StartAsync(List<string> shown, Action<HttpContext> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = _certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (client, _, errors) =>
            {
                shown.Add(client.Subject);
                return errors != SslPolicyErrors.RemoteCertificateNotAvailable;
            };
        }));
        var app = builder.Build();
        app.Run(http =>
        {
            answer(http);
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return app;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.TestKit;

namespace TransferEngine.Registry.Tests.Transport;

public sealed class CertificateFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_user_s_folder_goes_before_the_machine_s()
    {
        Assert.Equal(["/config/containers/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d"],
            CertificateFolders.Roots(new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = "/config", ["HOME"] = "/home/me" }.GetValueOrDefault));
        Assert.Equal("/home/me/.config/containers/certs.d", CertificateFolders.Roots(new Dictionary<string, string> { ["HOME"] = "/home/me" }.GetValueOrDefault)[0]);
        Assert.Equal(["/etc/containers/certs.d", "/etc/docker/certs.d"], CertificateFolders.Roots(_ => null));
    }

    [Theory]
    [InlineData("reg.example:5000", "first/reg.example:5000")]
    [InlineData("reg.example", "second/reg.example")]
    [InlineData("empty.example", "second/empty.example")]
    [InlineData("reg.example:5001", null)]
    [InlineData("..", null)]
    public void The_first_folder_with_something_for_the_host_and_its_port_is_taken(string host, string? expected)
    {
        foreach (var file in new[] { "first/reg.example:5000/ca.crt", "second/reg.example:5000/ca.crt", "second/reg.example/ca.crt", "second/empty.example/ca.crt" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.Of(file))!);
            File.WriteAllText(_folder.Of(file), "");
        }
        Directory.CreateDirectory(_folder.Of("first/empty.example"));
        Assert.Equal(expected is null ? null : _folder.Of(expected), CertificateFolders.Find(host, [_folder.Of("first"), _folder.Of("second")]));
    }

    [Fact]
    public async Task A_client_certificate_from_the_folder_is_shown_to_a_registry_that_wants_one()
    {
        WriteCertificates();
        await using var registry = await StartAsync();
        await using var known = Connect(registry, _folder.Of("certs"));
        await known.CheckAsync(CancellationToken.None);

        File.Delete(_folder.Of("certs/client.cert"));
        await using var unknown = Connect(registry, _folder.Of("certs"));
        await Assert.ThrowsAsync<TransferException>(() => unknown.CheckAsync(CancellationToken.None));
    }

    [Fact]
    public void A_certificate_without_its_key_is_an_error_that_names_the_folder()
    {
        WriteCertificates();
        File.Delete(_folder.Of("certs/client.key"));
        var failure = Assert.Throws<TransferException>(() => RegistryTarget.Create(
            RegistryEndpoint.Parse("127.0.0.1:1"), new RegistryOptions { CertDir = _folder.Of("certs") }, FixedCredentials.Anonymous, TimeProvider.System));
        Assert.Equal((ErrorCode.TlsFailed, _folder.Of("certs")), (failure.Error.Code, failure.Error.Path));
    }

    [Fact]
    public async Task A_client_s_certificate_of_the_folder_s_authority_is_no_server_s()
    {
        WriteCertificates(serverUsage: "1.3.6.1.5.5.7.3.2");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, ServerCertificate());
        await using var target = RegistryTarget.Create(RegistryEndpoint.Parse(listener.LocalEndpoint.ToString()!),
            new RegistryOptions { CertDir = _folder.Of("certs") }, FixedCredentials.Anonymous, TimeProvider.System);
        Assert.Equal(ErrorCode.TlsFailed, (await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(CancellationToken.None))).Error.Code);
        listener.Stop();
        await Assert.ThrowsAnyAsync<SocketException>(() => serving);
    }

    // Kestrel would refuse to serve with such a certificate.
    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = new SslStream(client.GetStream());
            try
            {
                await stream.AuthenticateAsServerAsync(certificate, clientCertificateRequired: false, SslProtocols.Tls12, checkCertificateRevocation: false);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The client has gone, as it should, or speaks no TLS.
            }
        }
    }

    private X509Certificate2 ServerCertificate() => X509CertificateLoader.LoadPkcs12(
        X509Certificate2.CreateFromPemFile(_folder.Of("certs/ca.crt"), _folder.Of("server.key")).Export(X509ContentType.Pkcs12), null);

    private static RegistryTarget Connect(WebApplication registry, string folder) => RegistryTarget.Create(
        RegistryEndpoint.Parse(new Uri(registry.Urls.First()).Authority), new RegistryOptions { CertDir = folder, RetryDelay = TimeSpan.Zero }, FixedCredentials.Anonymous, TimeProvider.System);

    private async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = ServerCertificate();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.SslProtocols = SslProtocols.Tls12;
            https.ClientCertificateValidation = (client, _, errors) => errors != SslPolicyErrors.RemoteCertificateNotAvailable && client.Subject == "CN=mover";
        }));
        var app = builder.Build();
        app.MapGet("/v2/", () => Results.Ok());
        await app.StartAsync();
        return app;
    }

    private void WriteCertificates(string serverUsage = "1.3.6.1.5.5.7.3.1")
    {
        Directory.CreateDirectory(_folder.Of("certs"));
        Write("CN=127.0.0.1", "certs/ca.crt", "server.key", serverUsage);
        Write("CN=mover", "certs/client.cert", "certs/client.key");
    }

    private void Write(string subject, string certificateFile, string keyFile, string usage = "1.3.6.1.5.5.7.3.2")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(_folder.Of(certificateFile), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Of(keyFile), key.ExportPkcs8PrivateKeyPem());
    }
}

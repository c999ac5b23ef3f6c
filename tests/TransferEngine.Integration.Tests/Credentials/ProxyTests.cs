using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Credentials;

/// <summary>A registry with TLS behind a proxy, found by the usual variables; its CA found in <c>certs.d</c>.</summary>
public sealed class ProxyTests
{
    // A name that leads nowhere: only the proxy knows the way.
    private const string Name = "registry.invalid";
    private const string ProxyUser = "outward:pr0xy-s3cret";

    [Fact]
    public async Task The_proxy_s_and_the_registry_s_credentials_reach_each_its_own_and_nobody_else()
    {
        await using var registry = await ProtectedRegistry.StartAsync(MakeCertificate);
        await using var proxy = new ConnectProxy(registry.Server.Port, ProxyUser);
        var result = await MigrateAsync(registry, $"http://{ProxyUser}@{proxy.Host}");
        result.AssertExit(0);
        Assert.All(proxy.Requests, request => Assert.Equal($"CONNECT {Name}:{registry.Server.Port} HTTP/1.1", request.Line));
        Assert.Contains(proxy.Requests, request => request.IsAllowed);
        Assert.Contains(registry.Server.Requests, request => request is { Method: "PUT", IsManifest: true, Status: 201 });
        registry.AssertNoSecret("pr0xy-s3cret");
    }

    [Fact]
    public async Task A_proxy_that_lets_nobody_in_is_named_without_its_password()
    {
        await using var registry = await ProtectedRegistry.StartAsync(MakeCertificate);
        await using var proxy = new ConnectProxy(registry.Server.Port, ProxyUser);
        var result = await MigrateAsync(registry, $"http://outward:wr0ng-one@{proxy.Host}", "--retry-times", "1");
        result.AssertExit(3);
        Assert.Contains("407", result.Errors, StringComparison.Ordinal);
        Assert.Contains(proxy.Host, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Requests, request => request.IsAllowed);
        registry.AssertNoSecret("wr0ng-one");
    }

    [Fact]
    public async Task A_host_in_NO_PROXY_is_reached_without_it()
    {
        await using var registry = await ProtectedRegistry.StartAsync(MakeCertificate);
        await using var proxy = new ConnectProxy(registry.Server.Port, ProxyUser);
        registry.Environment["NO_PROXY"] = Name;
        var result = await MigrateAsync(registry, $"http://{ProxyUser}@{proxy.Host}", "--retry-times", "1");
        result.AssertExit(3);
        Assert.Contains("HOST_UNREACHABLE", result.Errors, StringComparison.Ordinal);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task A_registry_of_another_machine_is_never_spoken_to_without_TLS()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        await using var proxy = new ConnectProxy(registry.Server.Port, ProxyUser);
        registry.Environment["HTTP_PROXY"] = registry.Environment["HTTPS_PROXY"] = $"http://{ProxyUser}@{proxy.Host}";
        var result = await registry.MigrateAsync(["--retry-times", "1"], host: $"{Name}:{registry.Server.Port}");
        result.AssertExit(3);
        Assert.NotEmpty(proxy.Requests);
        Assert.All(proxy.Requests, request => Assert.StartsWith($"CONNECT {Name}:", request.Line, StringComparison.Ordinal));
        Assert.Empty(registry.Server.Requests);
    }

    [Fact]
    public async Task This_machine_is_reached_without_it()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        await using var proxy = new ConnectProxy(registry.Server.Port, ProxyUser);
        registry.Environment["HTTP_PROXY"] = registry.Environment["HTTPS_PROXY"] = $"http://{ProxyUser}@{proxy.Host}";
        var result = await registry.MigrateAsync(["--dest-creds", $"{ProtectedRegistry.User}:{ProtectedRegistry.Password}"]);
        result.AssertExit(0);
        Assert.Empty(proxy.Requests);
    }

    private static Task<ProgramResult> MigrateAsync(ProtectedRegistry registry, string proxy, params string[] options)
    {
        registry.Environment["HTTPS_PROXY"] = proxy;
        var host = $"{Name}:{registry.Server.Port}";
        registry.Give($"home/.config/containers/certs.d/{host}/ca.crt", File.ReadAllText(registry.Given("ca.crt")));
        registry.GiveAuthFile("home/.docker/config.json", host);
        return registry.MigrateAsync(options, host: host);
    }

    private static DockerRegistryOptions MakeCertificate(ProtectedRegistry registry)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new DockerRegistryOptions
        {
            CertificateFile = registry.Give("ca.crt", certificate.ExportCertificatePem()),
            KeyFile = registry.Give("server.key", key.ExportPkcs8PrivateKeyPem()),
        };
    }
}

using System.Net;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>TLS by a private authority and users from an htpasswd file, as skopeo and our own client meet them.</summary>
public sealed class SecuredServerTests : IAsyncLifetime
{
    // htpasswd -Bbn mover 'open sesame'
    private const string Users = "mover:$2y$05$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e\n";
    private const string Password = "open sesame";

    private readonly TemporaryFolder _folder = new();
    private SampleTree _tree = null!;
    private ServedRegistry _ours = null!;

    public async Task InitializeAsync()
    {
        _tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 3, TaggedImages = 15, MaxLayerBytes = 8 * 1024 });
        await File.WriteAllTextAsync(_folder.Of("users"), Users);
        PrivateAuthority.Write(_folder);
        _ours = await ServedRegistry.StartAsync(_folder.Of("ours"), "--writable", "--tls-cert", _folder.Of("server.pem"), "--tls-key", _folder.Of("server.key"), "--htpasswd", _folder.Of("users"));
    }

    [Fact]
    public async Task Skopeo_pushes_and_pulls_with_the_authority_and_the_password()
    {
        await using var plain = await ServedRegistry.StartAsync(_tree.Root);
        var image = _tree.Tagged[0];
        await Skopeo.RunAsync("copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-cert-dir", _folder.Of("certificates"), "--dest-creds", $"mover:{Password}",
            $"docker://{plain.Host}/{image.Name}", $"docker://{_ours.Host}/{image.Name}");
        await Skopeo.RunAsync("copy", "--all", "--preserve-digests", "--src-cert-dir", _folder.Of("certificates"), "--src-creds", $"mover:{Password}",
            $"docker://{_ours.Host}/{image.Name}", $"dir:{_folder.Of("pulled")}");
        Assert.Equal(await File.ReadAllBytesAsync(new StorageTreeBuilder(_tree.Root).BlobPath(image.Manifest.Digest)), await File.ReadAllBytesAsync(_folder.Of("pulled", "manifest.json")));
    }

    [Fact]
    public async Task Our_own_client_migrates_into_it()
    {
        var result = await TransferProgram.RunAsync("migrate", _tree.Root, $"docker://{_ours.Host}", "--state-dir", _folder.Of("state"),
            "--dest-cert-dir", _folder.Of("certificates"), "--dest-creds", $"mover:{Password}");
        result.AssertExit(0);
    }

    [Theory]
    [InlineData("mover:wrong")]
    [InlineData("nobody:open sesame")]
    public async Task A_wrong_name_or_password_is_refused(string credentials)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Skopeo.RunAsync("copy", "--src-cert-dir", _folder.Of("certificates"), "--src-creds", credentials,
            $"docker://{_ours.Host}/any:latest", $"dir:{_folder.Of("pulled")}"));
        Assert.Contains("unauthorized", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Whoever_does_not_know_the_authority_gets_nothing()
    {
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(_ours.Address, "/v2/")));
    }

    [Fact]
    public async Task Without_a_name_every_request_is_answered_401_with_a_challenge()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler);
        foreach (var path in new[] { "/v2/", "/v2/_catalog", "/v2/a/manifests/latest", "/elsewhere" })
        {
            using var answer = await client.GetAsync(new Uri(_ours.Address, path));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.StartsWith("Basic ", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    public async Task DisposeAsync()
    {
        await _ours.DisposeAsync();
        _folder.Dispose();
    }
}

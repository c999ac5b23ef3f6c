using System.Text;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Credentials;

/// <summary>
/// A tree and registries of every kind into registries of every kind: users by htpasswd, a token server, TLS by a private authority.
/// skopeo pulls all that arrived, by its own reading of credentials and certificates.
/// </summary>
public sealed class CombinationTests : IDisposable
{
    private const string User = "mover";
    private const string Password = "carry-on";

    // The user "mover" with the password "carry-on", as bcrypt.
    private const string Htpasswd = "mover:$2y$05$M1O8Mvd67U7LzRRd66kgjuh6T4yDRSfij2lOGoVpGY4sCEChlWdXq\n";

    private static readonly string[] Kinds = ["htpasswd", "token", "tls"];

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _given = new();
    private readonly SampleTree _tree;

    public CombinationTests()
    {
        _tree = SampleTree.Build(_folder.Of("tree"), new SampleTreeOptions { Repositories = 3, TaggedImages = 5, BaseImages = 3, MaxLayerBytes = 8 * 1024 });
        Directory.CreateDirectory(_folder.Of("state"));
        File.WriteAllText(_given.Of("htpasswd"), Htpasswd);
        PrivateAuthority.Write(_given);
    }

    public static IEnumerable<object[]> Combinations =>
        from source in Kinds.Prepend("tree") from target in Kinds select new object[] { source, target };

    public void Dispose()
    {
        _folder.Dispose();
        _given.Dispose();
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Everything_arrives_as_skopeo_sees_it_and_no_secret_is_left_anywhere(string sourceKind, string targetKind)
    {
        await using var tokens = await TokenServer.StartAsync(User, Password);
        await File.WriteAllTextAsync(_given.Of("signer.pem"), tokens.CertificatePem);
        await using var source = sourceKind == "tree" ? null : await StartAsync(sourceKind, _tree.Root, tokens);
        await using var target = await StartAsync(targetKind, _folder.Of("target"), tokens);
        var from = source is null ? _tree.Root : $"docker://{source.Host}";

        string[] access = [.. Access("src", sourceKind), .. Access("dest", targetKind)];
        var migrated = await TransferProgram.RunAsync(["migrate", from, $"docker://{target.Host}", "--state-dir", _folder.Of("state"), "--report", _folder.Of("report.json"), "--verbose", .. access]);
        migrated.AssertExit(0);
        var verified = migrated.Verification!;
        verified.AssertExit(0);

        // Each image by one of its tags; of all tags the verification has spoken.
        foreach (var image in _tree.Tagged.DistinctBy(image => image.Manifest.Digest))
        {
            var pulled = Directory.CreateDirectory(_folder.Of("pulled", image.Name.ToString())).FullName;
            await Skopeo.RunAsync("copy", ["--all", "--preserve-digests", .. Access("src", targetKind), $"docker://{target.Host}/{image.Name}", $"dir:{pulled}"]);
            Assert.Equal(await File.ReadAllBytesAsync(new StorageTreeBuilder(_tree.Root).BlobPath(image.Manifest.Digest)), await File.ReadAllBytesAsync(Path.Combine(pulled, "manifest.json")));
        }
        Assert.Equal(tokens.Issued > 0, sourceKind == "token" || targetKind == "token");
        AssertNoSecret(migrated.ToString() + verified);
    }

    [Theory]
    [InlineData("htpasswd")]
    [InlineData("token")]
    public async Task A_wrong_password_is_told_before_anything_is_sent(string kind)
    {
        await using var tokens = await TokenServer.StartAsync(User, Password);
        await File.WriteAllTextAsync(_given.Of("signer.pem"), tokens.CertificatePem);
        await using var target = await StartAsync(kind, _folder.Of("target"), tokens);
        var result = await TransferProgram.RunAsync("migrate", _tree.Root, $"docker://{target.Host}", "--state-dir", _folder.Of("state"), "--dest-creds", $"{User}:not-{Password}");
        result.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", result.Errors, StringComparison.Ordinal);
        await target.StopAsync();
        Assert.DoesNotContain(target.Requests, request => request.Method is "POST" or "PUT" or "PATCH");
        AssertNoSecret(result.ToString());
    }

    private Task<DockerRegistry> StartAsync(string kind, string root, TokenServer tokens) => DockerRegistry.StartAsync(root, kind switch
    {
        "htpasswd" => new DockerRegistryOptions { HtpasswdFile = _given.Of("htpasswd") },
        "token" => new DockerRegistryOptions { TokenServer = tokens, TokenCertificateFile = _given.Of("signer.pem") },
        _ => new DockerRegistryOptions { CertificateFile = _given.Of("server.pem"), KeyFile = _given.Of("server.key") },
    });

    /// <summary>The flags, which are the same for skopeo.</summary>
    private string[] Access(string side, string kind) => kind switch
    {
        "tree" => [],
        "tls" => [$"--{side}-cert-dir", _given.Of("certificates")],
        _ => [$"--{side}-creds", $"{User}:{Password}", $"--{side}-tls-verify=false"],
    };

    /// <summary>Looks through output, journal and report; a token of the server's is a JWT, which begins like all of them.</summary>
    private void AssertNoSecret(string said)
    {
        string[] secrets = [Password, Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")), "eyJ"];
        var written = Directory.EnumerateFiles(_folder.Of("state"), "*", SearchOption.AllDirectories).Append(_folder.Of("report.json")).Where(File.Exists);
        foreach (var (name, text) in written.Select(path => (path, Encoding.Latin1.GetString(File.ReadAllBytes(path)))).Append(("output", said)))
            Assert.All(secrets, secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{name} holds a secret"));
    }
}

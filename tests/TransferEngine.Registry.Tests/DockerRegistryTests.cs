using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Registry.Tests;

/// <summary>The client against Debian's docker-registry.</summary>
public sealed class DockerRegistryTests : IDisposable
{
    // The user "mover" with the password "carry-on", as bcrypt.
    private const string Htpasswd = "mover:$2y$05$M1O8Mvd67U7LzRRd66kgjuh6T4yDRSfij2lOGoVpGY4sCEChlWdXq";

    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256(Content), Content.Length);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_image_is_pushed_and_found()
    {
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"));
        await using var target = await ConnectAsync(registry);
        Assert.Null(await target.ListTagsAsync(App, CancellationToken.None));
        await PutAsync(target, await target.StartUploadAsync(App, CancellationToken.None), 0, Content.Length);
        Assert.Equal(Content.Length, await target.HeadBlobAsync(App, Blob.Digest, CancellationToken.None));
        Assert.Null(await target.HeadBlobAsync(RepositoryName.Parse("other"), Blob.Digest, CancellationToken.None));
        Assert.True((await target.MountBlobAsync(RepositoryName.Parse("other"), Blob.Digest, App, CancellationToken.None)).IsMounted);

        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{Blob.Digest}}","size":{{Blob.Size}}},"layers":[]}""");
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        await target.PutManifestAsync(App, Tag.Parse("v1"), manifest, CancellationToken.None);
        Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, Tag.Parse("v1"), CancellationToken.None));
        Assert.Equal([Tag.Parse("v1")], await target.ListTagsAsync(App, CancellationToken.None));
    }

    [Fact]
    public async Task A_mount_of_a_blob_that_is_nowhere_opens_a_session_that_takes_it()
    {
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"));
        await using var target = await ConnectAsync(registry);
        var result = await target.MountBlobAsync(App, Blob.Digest, RepositoryName.Parse("other"), CancellationToken.None);
        Assert.False(result.IsMounted);
        await PutAsync(target, result.Session!, 0, Content.Length);
        Assert.Equal(Content.Length, await target.HeadBlobAsync(App, Blob.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task A_session_that_was_cut_is_not_taken_up_since_this_registry_drops_it()
    {
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"));
        await using var target = await ConnectAsync(registry);
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        var broken = new TransferException(new TransferError(ErrorCode.SourceUnreadable, "the source went away") { IsTransient = true });
        await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, session, 0, 200_000, broken));

        // Its session state is signed with the offset before the cut, which the bytes that came through contradict.
        Assert.Null(await target.FindUploadAsync(session, CancellationToken.None));
        await PutAsync(target, await target.StartUploadAsync(App, CancellationToken.None), 0, Content.Length);
        Assert.Equal(Content.Length, await target.HeadBlobAsync(App, Blob.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task TLS_of_an_unknown_authority_is_refused_unless_its_folder_is_given_or_the_check_is_off()
    {
        var options = MakeCertificate();
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"), options);
        var failure = await Assert.ThrowsAsync<TransferException>(() => ConnectAsync(registry));
        Assert.Equal((ErrorCode.TlsFailed, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("--dest-cert-dir", failure.Error.Hint, StringComparison.Ordinal);

        await using var trusting = await ConnectAsync(registry, new RegistryOptions { CertDir = _folder.Of("certs") });
        Assert.Null(await trusting.ListTagsAsync(App, CancellationToken.None));
        await using var careless = await ConnectAsync(registry, new RegistryOptions { TlsVerify = false });
        await PutAsync(careless, await careless.StartUploadAsync(App, CancellationToken.None), 0, Content.Length);
    }

    [Fact]
    public async Task Basic_credentials_are_tried_out_before_anything_is_sent()
    {
        await File.WriteAllTextAsync(_folder.Of("htpasswd"), Htpasswd + "\n");
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"), new DockerRegistryOptions { HtpasswdFile = _folder.Of("htpasswd") });
        var failure = await Assert.ThrowsAsync<TransferException>(() => ConnectAsync(registry, credential: new RegistryCredential("mover", "wrong")));
        Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code);

        await using var target = await ConnectAsync(registry, credential: new RegistryCredential("mover", "carry-on"));
        await PutAsync(target, await target.StartUploadAsync(App, CancellationToken.None), 0, Content.Length);
        Assert.Equal(Content.Length, await target.HeadBlobAsync(App, Blob.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task What_was_pushed_is_read_back_from_a_registry_with_TLS_and_a_password()
    {
        await File.WriteAllTextAsync(_folder.Of("htpasswd"), Htpasswd + "\n");
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("registry"), MakeCertificate() with { HtpasswdFile = _folder.Of("htpasswd") });
        var options = new RegistryOptions { CertDir = _folder.Of("certs") };
        var credential = new RegistryCredential("mover", "carry-on");
        await using var target = await ConnectAsync(registry, options, credential);
        await PutAsync(target, await target.StartUploadAsync(App, CancellationToken.None), 0, Content.Length);
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{Blob.Digest}}","size":{{Blob.Size}}},"layers":[]}""");
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        await target.PutManifestAsync(App, Tag.Parse("v1"), manifest, CancellationToken.None);

        await using var source = RegistrySource.Create(RegistryEndpoint.Parse(registry.Host), options, new FixedCredentials(credential), TimeProvider.System);
        Assert.Equal(App, Assert.Single(await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Repository);
        Assert.Equal(manifest.Digest, Assert.Single(await source.ListImagesAsync(App, false, CancellationToken.None).ToListAsync()).Digest);
        Assert.Equal(bytes, (await source.ReadManifestAsync(App, manifest.Digest, CancellationToken.None)).Bytes.ToArray());
        Assert.Equal(Content.Length, await source.FindBlobAsync(App, Blob.Digest, CancellationToken.None));
        foreach (var offset in new[] { 0, 100_000, Content.Length })
        {
            await using var stream = await source.OpenBlobAsync(App, Blob.Digest, offset, CancellationToken.None);
            using var read = new MemoryStream();
            await stream.CopyToAsync(read);
            Assert.Equal(Content[offset..], read.ToArray());
        }
        await using var stranger = RegistrySource.Create(RegistryEndpoint.Parse(registry.Host), new RegistryOptions(), new FixedCredentials(credential), TimeProvider.System);
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await stranger.FindBlobAsync(App, Blob.Digest, CancellationToken.None));
        Assert.Contains("--src-cert-dir", failure.Error.Hint, StringComparison.Ordinal);
    }

    private DockerRegistryOptions MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Directory.CreateDirectory(_folder.Of("certs"));
        File.WriteAllText(_folder.Of("certs", "ca.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Of("server.key"), key.ExportPkcs8PrivateKeyPem());
        return new DockerRegistryOptions { CertificateFile = _folder.Of("certs", "ca.crt"), KeyFile = _folder.Of("server.key") };
    }

    private static async Task<RegistryTarget> ConnectAsync(DockerRegistry registry, RegistryOptions? options = null, RegistryCredential? credential = null)
    {
        var target = RegistryTarget.Create(RegistryEndpoint.Parse(registry.Host), options ?? new RegistryOptions(), new FixedCredentials(credential), TimeProvider.System);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    private static async Task PutAsync(RegistryTarget target, UploadSession session, int from, int to, Exception? end = null)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(Content.AsMemory(from, to - from));
        await pipe.Writer.CompleteAsync(end);
        await target.PutBlobAsync(session, Blob, pipe.Reader, CancellationToken.None);
    }
}

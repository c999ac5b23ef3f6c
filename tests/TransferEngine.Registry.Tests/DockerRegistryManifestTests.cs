using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Registry.Tests;

/// <summary>What Debian's docker-registry (2.8) does with manifests that one would not guess, and what is made of it.</summary>
public sealed class DockerRegistryManifestTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly byte[] Config = Encoding.UTF8.GetBytes("""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}""");
    private static readonly Descriptor Blob = new(MediaType.OciConfig, Digest.OfSha256(Config), Config.Length);

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private DockerRegistry _registry = null!;
    private RegistryTarget _target = null!;

    public async Task InitializeAsync()
    {
        _registry = await DockerRegistry.StartAsync(_folder.Of("registry"));
        _target = RegistryTarget.Create(RegistryEndpoint.Parse(_registry.Host), new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(20) },
            FixedCredentials.Anonymous, TimeProvider.System);
        await _target.CheckAsync(CancellationToken.None);
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        await _target.PutBlobAsync(session, Blob, PipeReader.Create(new MemoryStream(Config)), CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_foreign_layer_whose_address_is_not_permitted_is_told_at_once_by_its_digest()
    {
        var layer = Digest.OfSha256([1]);
        var image = Image(MediaType.DockerManifest,
            $$"""{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"{{layer}}","size":1,"urls":["https://a.example/x"]}""");
        var error = (await Assert.ThrowsAsync<TransferException>(() => PutAsync("v1", image))).Error;
        Assert.Equal((ErrorCode.TargetBlobUnknown, ErrorScope.Image, false), (error.Code, error.Scope, error.IsTransient));
        Assert.Contains(layer.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("manifests.urls.allow", error.Hint, StringComparison.Ordinal);
        await _registry.StopAsync();
        Assert.Single(_registry.Requests, request => request is { Method: "PUT", IsManifest: true });
    }

    [Theory]
    [InlineData(MediaType.OciManifest)]
    [InlineData(MediaType.DockerManifest)]
    public async Task An_image_that_is_tagged_like_a_list_of_referrers_stays_what_it_is(string mediaType)
    {
        var subject = Image(MediaType.OciManifest);
        var image = Image(mediaType, annotation: "an image of its own");
        var tag = Tag.Parse($"sha256-{subject.Digest.Hex}");
        await PutAsync(tag.ToString(), image);
        var signature = Image(MediaType.OciManifest, subject: subject.Digest);
        var error = (await Assert.ThrowsAsync<TransferException>(() => PutAsync("sig", signature))).Error;
        Assert.Equal((ErrorScope.Image, signature.Digest), (error.Scope, error.Digest));
        Assert.Equal(image.Digest, await _target.HeadManifestAsync(App, tag, CancellationToken.None));
    }

    [Fact]
    public async Task Referrers_are_gathered_in_one_list_however_many_are_put_at_once()
    {
        var subject = Image(MediaType.OciManifest);
        await PutAsync("v1", subject);
        var signatures = Enumerable.Range(0, 12).Select(i => Image(MediaType.OciManifest, subject: subject.Digest, annotation: $"{i}")).ToList();
        await Task.WhenAll(signatures.Select((signature, i) => PutAsync($"sig{i}", signature)));
        var list = await _target.HeadManifestAsync(App, Tag.Parse($"sha256-{subject.Digest.Hex}"), CancellationToken.None);
        var hex = list!.Value.Hex;
        var text = await File.ReadAllTextAsync(Path.Combine(_registry.Root, "docker/registry/v2/blobs/sha256", hex[..2], hex, "data"));
        Assert.All(signatures, signature => Assert.Contains(signature.Digest.ToString(), text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_child_and_the_index_that_names_it_arrive_however_often_they_are_put_beside_each_other()
    {
        // Links are written in place: whoever checks the index in that moment finds the child's empty, and calls the digest wrong.
        var child = Image(MediaType.OciManifest);
        var listed = $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{child.Digest}}","size":{{child.Bytes.Length}}}""";
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{listed}}]}""");
        var index = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        await _target.PutManifestAsync(App, child.Digest, child, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => i % 2 == 0
            ? _target.PutManifestAsync(App, child.Digest, child, CancellationToken.None) : PutAsync($"v{i % 12}", index)));
    }

    private Task PutAsync(string tag, Manifest manifest) => _target.PutManifestAsync(App, Tag.Parse(tag), manifest, CancellationToken.None);

    private static Manifest Image(string mediaType, string layer = "", Digest? subject = null, string annotation = "")
    {
        var refersTo = subject is { } digest ? $$""","subject":{"mediaType":"{{MediaType.OciManifest}}","digest":"{{digest}}","size":2}""" : "";
        var bytes = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{mediaType}}","config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{Blob.Digest}}","size":{{Blob.Size}}},
             "layers":[{{layer}}],"annotations":{"text":"{{annotation}}"}{{refersTo}}}
            """);
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}

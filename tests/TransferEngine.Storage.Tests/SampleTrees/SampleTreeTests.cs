using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.SampleTrees;

/// <summary>The judge of the trees that we write is the registry that invented the layout.</summary>
public sealed class SampleTreeTests(SampleTreeFixture sample) : IClassFixture<SampleTreeFixture>
{
    private readonly SampleTree _tree = sample.Tree;

    [Fact]
    public async Task Docker_registry_serves_every_tag_revision_and_blob_of_the_sample_tree()
    {
        await using var registry = await DockerRegistry.StartAsync(_tree.Root);
        using var client = new HttpClient { BaseAddress = registry.Url };
        var blobs = new ConcurrentDictionary<(RepositoryName Repository, Digest Digest), long>();

        await Parallel.ForEachAsync(_tree.Tagged.Concat(_tree.Children).Concat(_tree.Untagged), async (image, cancellation) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v2/{image.Name.Repository}/manifests/{image.Name.Reference}");
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            using var answer = await client.SendAsync(request, cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{image.Name}: {answer.StatusCode}");
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            Assert.Equal(image.Manifest.Digest, Digest.OfSha256(bytes));
            Assert.Equal(image.Manifest.MediaType, answer.Content.Headers.ContentType?.MediaType);
            foreach (var blob in ManifestReader.Read(bytes, image.Manifest.Digest).Blobs)
                blobs.TryAdd((image.Name.Repository, blob.Digest), blob.Size);
        });
        // Each once for each repository that has it, however many of its images do.
        await Parallel.ForEachAsync(blobs, async (blob, cancellation) =>
            Assert.Equal(blob.Value, await SizeOfAsync(client, blob.Key.Repository, blob.Key.Digest, cancellation)));
    }

    [Fact]
    public void The_sample_tree_holds_what_real_trees_hold()
    {
        Assert.Equal(60, _tree.RepositoryBlobs.Count);
        Assert.Equal(520, _tree.Tagged.Count);
        var tags = _tree.Tagged.Select(image => image.Name.Reference.ToString()).ToHashSet();
        Assert.Superset(new HashSet<string> { "current", "_x", "link", "index", "latest" }, tags);
        var types = _tree.Tagged.Select(image => image.Manifest.MediaType).ToHashSet();
        Assert.Equal(new HashSet<string> { MediaType.OciManifest, MediaType.OciIndex, MediaType.DockerManifest, MediaType.DockerManifestList }, types);
        Assert.NotEmpty(_tree.Untagged);
        Assert.NotEmpty(_tree.Children);
        Assert.True(_tree.Mounts > _tree.Uploads / 4, $"{_tree.Mounts} mounts, {_tree.Uploads} uploads");
        Assert.Contains(_tree.RepositoryBlobs.Keys, name => _tree.RepositoryBlobs.ContainsKey(RepositoryName.Parse($"{name}/worker")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_tree()
    {
        using var folder = new TemporaryFolder();
        var small = new SampleTreeOptions { Repositories = 7, TaggedImages = 30, Seed = 42 };

        var one = SampleTree.Build(folder.Of("one"), small);
        var two = SampleTree.Build(folder.Of("two"), small);
        var other = SampleTree.Build(folder.Of("other"), small with { Seed = 43 });

        Assert.Equal(one.Tagged, two.Tagged);
        Assert.Equal(one.Blobs, two.Blobs);
        Assert.NotEqual(one.Tagged, other.Tagged);
    }

    [Fact]
    public async Task The_source_lists_exactly_what_is_in_the_tree()
    {
        await using var source = RegistryTreeSource.Open(_tree.Root);
        var tagged = new HashSet<SampleImageKey>();
        var untagged = new HashSet<SampleImageKey>();
        await foreach (var repository in source.ListRepositoriesAsync(default))
        {
            Assert.Null(repository.Error);
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: true, default))
            {
                Assert.Null(image.Error);
                Assert.True((image.Tag is null ? untagged : tagged).Add(new(repository.Name, image.Name, image.Digest!.Value)), image.Name);
            }
        }

        Assert.Equal(KeysOf(_tree.Tagged), tagged);
        Assert.Equal(KeysOf(_tree.Children.Concat(_tree.Untagged)), untagged);
    }

    [Fact]
    public async Task The_source_reads_all_manifests_and_blobs_concurrently()
    {
        await using var source = RegistryTreeSource.Open(_tree.Root);

        await Parallel.ForEachAsync(_tree.Tagged.Concat(_tree.Children).Concat(_tree.Untagged), async (image, cancellation) =>
        {
            var manifest = await source.ReadManifestAsync(image.Name.Repository, image.Manifest.Digest, cancellation);
            Assert.Equal(image.Manifest.MediaType, manifest.MediaType);
            foreach (var blob in manifest.Blobs)
            {
                Assert.Equal(blob.Size, await source.FindBlobAsync(image.Name.Repository, blob.Digest, cancellation));
                await using var content = await source.OpenBlobAsync(image.Name.Repository, blob.Digest, 0, cancellation);
                Assert.Equal(blob.Digest, Digest.OfSha256(await ReadAsync(content, cancellation)));
            }
        });
    }

    private static HashSet<SampleImageKey> KeysOf(IEnumerable<SampleImage> images) =>
        [.. images.Select(image => new SampleImageKey(image.Name.Repository.ToString(), image.Name.Reference.ToString(), image.Manifest.Digest))];

    private static async Task<byte[]> ReadAsync(Stream content, CancellationToken cancellation)
    {
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellation);
        return memory.ToArray();
    }

    private static async Task<long?> SizeOfAsync(HttpClient client, RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        using var answer = await client.GetAsync(new Uri($"v2/{repository}/blobs/{digest}", UriKind.Relative), cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{repository}@{digest}: {answer.StatusCode}");
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
        Assert.Equal(digest, Digest.OfSha256(bytes));
        return bytes.Length;
    }

    private sealed record SampleImageKey(string Repository, string Name, Digest Digest);
}

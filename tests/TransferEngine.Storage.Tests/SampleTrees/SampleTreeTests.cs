using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.SampleTrees;

/// <summary>The judge of the trees that we write is the registry that invented the layout.</summary>
public sealed class SampleTreeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Docker_registry_serves_every_tag_revision_and_blob_of_the_sample_tree()
    {
        var tree = SampleTree.Build(_folder.Path);
        await using var registry = await DockerRegistry.StartAsync(tree.Root);
        using var client = new HttpClient { BaseAddress = registry.Url };

        await Parallel.ForEachAsync(tree.Tagged.Concat(tree.Children).Concat(tree.Untagged), async (image, cancellation) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v2/{image.Name.Repository}/manifests/{image.Name.Reference}");
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            using var answer = await client.SendAsync(request, cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{image.Name}: {answer.StatusCode}");
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            Assert.Equal(image.Manifest.Digest, Digest.OfSha256(bytes));
            Assert.Equal(image.Manifest.MediaType, answer.Content.Headers.ContentType?.MediaType);
            var manifest = ManifestReader.Read(bytes, image.Manifest.Digest);
            foreach (var blob in manifest.Blobs)
                Assert.Equal(blob.Size, await SizeOfAsync(client, image.Name.Repository, blob.Digest, cancellation));
        });
    }

    [Fact]
    public void The_sample_tree_holds_what_real_trees_hold()
    {
        var tree = SampleTree.Build(_folder.Path);

        Assert.True(tree.Tagged.Count >= 500, $"{tree.Tagged.Count} tags");
        Assert.Equal(60, tree.RepositoryBlobs.Count);
        Assert.Equal(520, tree.Tagged.Count);
        var tags = tree.Tagged.Select(image => image.Name.Reference.ToString()).ToHashSet();
        Assert.Superset(new HashSet<string> { "current", "_x", "link", "index", "latest" }, tags);
        var types = tree.Tagged.Select(image => image.Manifest.MediaType).ToHashSet();
        Assert.Equal(new HashSet<string> { MediaType.OciManifest, MediaType.OciIndex, MediaType.DockerManifest, MediaType.DockerManifestList }, types);
        Assert.NotEmpty(tree.Untagged);
        Assert.NotEmpty(tree.Children);
        Assert.True(tree.Mounts > tree.Uploads / 4, $"{tree.Mounts} mounts, {tree.Uploads} uploads");
        Assert.Contains(tree.RepositoryBlobs.Keys, name => tree.RepositoryBlobs.ContainsKey(RepositoryName.Parse($"{name}/worker")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_tree()
    {
        var small = new SampleTreeOptions { Repositories = 7, TaggedImages = 30, Seed = 42 };

        var one = SampleTree.Build(Path.Combine(_folder.Path, "one"), small);
        var two = SampleTree.Build(Path.Combine(_folder.Path, "two"), small);
        var other = SampleTree.Build(Path.Combine(_folder.Path, "other"), small with { Seed = 43 });

        Assert.Equal(one.Tagged, two.Tagged);
        Assert.Equal(one.Blobs, two.Blobs);
        Assert.NotEqual(one.Tagged, other.Tagged);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<long?> SizeOfAsync(HttpClient client, RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        using var answer = await client.GetAsync(new Uri($"v2/{repository}/blobs/{digest}", UriKind.Relative), cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{repository}@{digest}: {answer.StatusCode}");
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
        Assert.Equal(digest, Digest.OfSha256(bytes));
        return bytes.Length;
    }
}

using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>skopeo and docker-registry judge what our server takes, keeps and gives.</summary>
public sealed class JudgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    // No layer twice in an image: see SampleTreeOptions.RepeatedLayers.
    public JudgeTests() => _tree = SampleTree.Build(
        _folder.Of("source"), new SampleTreeOptions { Repositories = 8, TaggedImages = 48, MaxLayerBytes = 32 * 1024, RepeatedLayers = false });

    private IEnumerable<RepositoryName> Repositories => _tree.Tagged.Select(image => image.Name.Repository).Distinct();

    [Fact]
    public async Task Docker_registry_serves_the_tree_that_we_wrote_of_what_skopeo_pushed()
    {
        await using (var source = await DockerRegistry.StartAsync(_tree.Root))
        await using (var ours = await ServedRegistry.StartAsync(_folder.Of("ours"), "--writable"))
        {
            foreach (var repository in Repositories)
                await Skopeo.SyncAsync(source.Host, ours.Host, repository);
            await Comparison.HoldsAllTagsAsync(ours.Host, _tree);
        }
        await using var judge = await DockerRegistry.StartAsync(_folder.Of("ours"));
        await Comparison.HoldsAllTagsAsync(judge.Host, _tree);
        Comparison.HoldsAllBlobs(_folder.Of("ours"), _tree);
        await PullSomeAsync(judge.Host);
    }

    [Fact]
    public async Task We_serve_the_tree_that_docker_registry_wrote_of_what_skopeo_pulled_from_us()
    {
        await using (var ours = await ServedRegistry.StartAsync(_tree.Root))
        await using (var target = await DockerRegistry.StartAsync(_folder.Of("theirs")))
            foreach (var repository in Repositories)
                await Skopeo.SyncAsync(ours.Host, target.Host, repository);
        await using var again = await ServedRegistry.StartAsync(_folder.Of("theirs"));
        await Comparison.HoldsAllTagsAsync(again.Host, _tree);
        await PullSomeAsync(again.Host);
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("./docker")]
    public async Task A_tar_is_served_as_it_lies(string member)
    {
        var tar = _folder.Of("storage.tar");
        using (var packing = Process.Start("tar", ["-C", _tree.Root, "-cf", tar, member]))
            await packing.WaitForExitAsync();
        await using var ours = await ServedRegistry.StartAsync(tar);
        await Comparison.HoldsAllTagsAsync(ours.Host, _tree);
        await PullSomeAsync(ours.Host);
    }

    /// <summary>One image of each format and an index, byte for byte.</summary>
    private async Task PullSomeAsync(string host)
    {
        var builder = new StorageTreeBuilder(_tree.Root);
        foreach (var image in _tree.Tagged.DistinctBy(image => image.Manifest.MediaType))
        {
            var folder = _folder.Of($"pulled-{Guid.NewGuid():N}");
            await Skopeo.CopyToFolderAsync(host, image.Name, folder);
            Assert.Equal(File.ReadAllBytes(builder.BlobPath(image.Manifest.Digest)), File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        }
    }

    public void Dispose() => _folder.Dispose();
}

using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Folders;

/// <summary>A storage tree with every kind of image, and the image folders that a run has made of it by links: written once, read by all tests.</summary>
public sealed class TreeAndForest : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    // No layer twice in an image: see SampleTreeOptions.RepeatedLayers.
    public TreeAndForest() => Tree = SampleTree.Build(_folder.Of("tree"), new SampleTreeOptions { Repositories = 14, TaggedImages = 60, RepeatedLayers = false });

    public SampleTree Tree { get; }

    public string Forest => _folder.Of("forest");

    public async Task InitializeAsync()
    {
        // Small as it is: images and indexes of both formats, for all witnesses.
        Assert.Equal(4, Tree.Tagged.DistinctBy(image => image.Manifest.MediaType).Count());
        (await TransferProgram.RunAsync("migrate", Tree.Root, $"dir:{Forest}", "--state-dir", _folder.Of("state"))).AssertExit(0);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

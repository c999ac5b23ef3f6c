using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.SampleTrees;

/// <summary>The default sample tree, written once for all tests that only read it.</summary>
public sealed class SampleTreeFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SampleTreeFixture() => Tree = SampleTree.Build(_folder.Path);

    public SampleTree Tree { get; }

    public void Dispose() => _folder.Dispose();
}

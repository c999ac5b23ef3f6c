using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>What <c>docker save</c> writes: manifests are made by the source.</summary>
[Conforms<DockerArchiveSource>]
public sealed class DockerArchiveSourceConformance : SourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _archives;

    protected override Task<IImageSource> OpenAsync(ImageSet set) =>
        Task.FromResult<IImageSource>(DockerArchiveSource.Open(set.WriteSaved(_folder.Of($"{++_archives}.tar"))));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

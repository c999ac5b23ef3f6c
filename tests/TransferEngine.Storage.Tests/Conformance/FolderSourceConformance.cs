using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>Image folders as <c>skopeo sync</c> makes them.</summary>
[Conforms<DirSource>]
public sealed class FolderSourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _forests;

    protected override bool HasDigestsForNames => true;

    protected override Task<IImageSource> OpenAsync(ImageSet set) =>
        Task.FromResult<IImageSource>(DirSource.Open(set.WriteFolders(_folder.Of($"{++_forests}"))));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

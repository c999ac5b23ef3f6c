using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>Image folders: an image that loses its tag loses its folder.</summary>
[Conforms<DirTarget>]
public sealed class FolderTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override TargetLimits Limits => TargetLimits.SharesContents | TargetLimits.ForgetsReplaced | TargetLimits.NamesByDigest;

    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(DirTarget.Create(_folder.Of("forest")));

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(DirSource.Open(_folder.Of("forest")));

    protected override Task CloseAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

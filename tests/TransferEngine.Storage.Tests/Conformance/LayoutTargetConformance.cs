using TransferEngine.Images;
using TransferEngine.Storage.Layouts;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>An OCI image layout as a target: its blobs belong to all repositories.</summary>
public abstract class LayoutTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override TargetLimits Limits => TargetLimits.SharesContents | TargetLimits.NamesByDigest;

    protected LayoutAddress Address => new(_folder.Of("layout"), null);

    protected override Task CloseAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

[Conforms<OciLayoutTarget>]
public sealed class LayoutFolderTargetConformance : LayoutTargetConformance
{
    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(OciLayoutTarget.Create(Address));

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(OciLayoutSource.Open(Address));
}

[Conforms<OciLayoutTarget>]
public sealed class LayoutArchiveTargetConformance : LayoutTargetConformance
{
    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(OciLayoutTarget.CreateArchive(Address));

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(OciLayoutSource.OpenArchive(Address));
}

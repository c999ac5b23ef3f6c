using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>An archive for <c>docker load</c>, which holds images and nothing else.</summary>
[Conforms<DockerArchiveTarget>]
public sealed class DockerArchiveTargetConformance : TargetConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override TargetLimits Limits => TargetLimits.SharesContents;

    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(DockerArchiveTarget.Create(_folder.Of("images.tar")));

    protected override Task CloseAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

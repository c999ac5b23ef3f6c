using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>A storage tree in a folder.</summary>
[Conforms<RegistryTreeTarget>]
public sealed class TreeTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(RegistryTreeTarget.Open(_folder.Of("tree")));

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(RegistryTreeSource.Open(_folder.Of("tree")));

    protected override Task CloseAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>A storage tree in a tar.</summary>
[Conforms<RegistryTarTarget>]
public sealed class TarTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(RegistryTarTarget.Open(_folder.Of("tree.tar")));

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(RegistryTreeSource.OpenTar(_folder.Of("tree.tar")));

    protected override Task CloseAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

using TransferEngine.Images;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Tests.Conformance;

/// <summary>The doubles of the engine's tests promise what real sources and targets do, so that no test can be green for their sake.</summary>
[Conforms<MemorySource>]
public sealed class MemorySourceConformance : DamagedSourceConformance
{
    protected override Task<IImageSource> OpenAsync(ImageSet set) => Task.FromResult<IImageSource>(MemorySource.Of(set));
}

/// <inheritdoc cref="MemorySourceConformance"/>
[Conforms<MemoryTarget>]
public sealed class MemoryTargetConformance : ExactTargetConformance
{
    private readonly MemoryTarget _target = new() { ReadsBack = true };

    protected override Task<IImageTarget> OpenAsync() => Task.FromResult<IImageTarget>(_target);

    protected override Task CloseAsync() => Task.CompletedTask;

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(MemorySource.Of(_target.ToImageSet()));
}

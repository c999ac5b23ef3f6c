using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Faults;

namespace TransferEngine.Registry.Tests.Conformance;

/// <summary>A registry of which nobody has said what it is, and which is nothing but a registry: as a target.</summary>
[Conforms<DetectingTarget>]
public sealed class DetectedRegistryTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private FaultyRegistry? _registry;

    internal static RegistryOptions Options => new() { RetryDelay = TimeSpan.FromMilliseconds(10) };

    protected override async Task<IImageTarget> OpenAsync()
    {
        _registry ??= await FaultyRegistry.StartAsync(_folder.Of("registry"));
        return DetectingTarget.Create(RegistryEndpoint.Parse(_registry.Host), Options, new HarborOptions(), FixedCredentials.Anonymous, TimeProvider.System);
    }

    protected override Task<IImageSource> ReadBackAsync() =>
        Task.FromResult<IImageSource>(DetectingSource.Create(RegistryEndpoint.Parse(_registry!.Host), Options, FixedCredentials.Anonymous, TimeProvider.System));

    protected override async Task CloseAsync()
    {
        await _registry!.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The same as a source.</summary>
[Conforms<DetectingSource>]
public sealed class DetectedRegistrySourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _trees;

    protected override bool ListsUntagged => false;

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var registry = Keep(await FaultyRegistry.StartAsync(set.WriteTree(_folder.Of($"{++_trees}"))));
        return DetectingSource.Create(RegistryEndpoint.Parse(registry.Host), DetectedRegistryTargetConformance.Options, FixedCredentials.Anonymous, TimeProvider.System);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Faults;

namespace TransferEngine.Registry.Tests.Conformance;

/// <summary>Our own registry as a target.</summary>
[Conforms<RegistryTarget>]
public sealed class OwnServerTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private FaultyRegistry? _registry;

    protected override async Task<IImageTarget> OpenAsync()
    {
        _registry ??= await FaultyRegistry.StartAsync(_folder.Of("registry"));
        return RegistryTarget.Create(RegistryEndpoint.Parse(_registry.Host), Options, FixedCredentials.Anonymous, TimeProvider.System);
    }

    protected override Task<IImageSource> ReadBackAsync() =>
        Task.FromResult<IImageSource>(RegistrySource.Create(RegistryEndpoint.Parse(_registry!.Host), Options, FixedCredentials.Anonymous, TimeProvider.System));

    protected override async Task CloseAsync()
    {
        if (_registry is not null)
            await _registry.DisposeAsync();
        _folder.Dispose();
    }

    private static RegistryOptions Options => new() { RetryDelay = TimeSpan.FromMilliseconds(10) };
}

/// <summary>Our own registry as a source.</summary>
[Conforms<RegistrySource>]
public sealed class OwnServerSourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _trees;

    protected override bool ListsUntagged => false;

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var registry = Keep(await FaultyRegistry.StartAsync(set.WriteTree(_folder.Of($"{++_trees}"))));
        return RegistrySource.Create(RegistryEndpoint.Parse(registry.Host), new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(10) },
            FixedCredentials.Anonymous, TimeProvider.System);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

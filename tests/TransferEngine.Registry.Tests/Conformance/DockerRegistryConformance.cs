using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Registry.Tests.Conformance;

/// <summary>Debian's docker-registry as a target.</summary>
[Conforms<RegistryTarget>]
public sealed class DockerRegistryTargetConformance : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private DockerRegistry? _registry;

    protected override async Task<IImageTarget> OpenAsync()
    {
        _registry ??= await DockerRegistry.StartAsync(_folder.Of("registry"));
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

/// <summary>Debian's docker-registry as a source.</summary>
[Conforms<RegistrySource>]
public sealed class DockerRegistrySourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _trees;

    protected override bool ListsUntagged => false;

    protected override bool ListsReferrers => false;

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var registry = Keep(await DockerRegistry.StartAsync(set.WriteTree(_folder.Of($"{++_trees}"))));
        return RegistrySource.Create(RegistryEndpoint.Parse(registry.Host), new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(10) },
            FixedCredentials.Anonymous, TimeProvider.System);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

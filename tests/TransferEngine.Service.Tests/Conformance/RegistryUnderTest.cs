using TransferEngine.Service.Registry;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>A registry that the requirements are held against, empty and with deletion allowed; one for all tests of a class.</summary>
public abstract class RegistryUnderTest : IAsyncLifetime
{
    protected TemporaryFolder Folder { get; } = new();

    /// <summary>The folder of its storage.</summary>
    public string Root => Folder.Of("tree");

    public RegistryClient Client { get; private set; } = null!;

    public async Task InitializeAsync() => Client = new RegistryClient(await StartAsync());

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        Folder.Dispose();
    }

    protected abstract Task<Uri> StartAsync();

    protected abstract Task StopAsync();
}

/// <summary>Our server over an empty tree.</summary>
public sealed class OurRegistry : RegistryUnderTest
{
    private ServedTree? _tree;
    private RegistryServer? _server;

    protected override async Task<Uri> StartAsync()
    {
        _tree = ServedTree.Open(Folder.Of("tree"), isWritable: true);
        _server = await RegistryServer.StartAsync(_tree, new RegistryServerOptions { Listen = "127.0.0.1:0" }, log: null, CancellationToken.None);
        return _server.Address;
    }

    protected override async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _tree!.Dispose();
    }
}

/// <summary>Debian's <c>docker-registry</c>, CNCF Distribution 2.8.</summary>
public sealed class DebiansRegistry : RegistryUnderTest
{
    private DockerRegistry? _registry;

    protected override async Task<Uri> StartAsync()
    {
        _registry = await DockerRegistry.StartAsync(Folder.Of("tree"), new DockerRegistryOptions { DeleteEnabled = true });
        return _registry.Url;
    }

    protected override async Task StopAsync() => await _registry!.DisposeAsync();
}

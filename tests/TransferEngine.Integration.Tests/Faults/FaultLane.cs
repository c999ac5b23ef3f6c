using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>
/// Two registries for one seed after the other. The folders are emptied in between, of which a <c>docker-registry</c> without a cache
/// takes no notice.
/// </summary>
internal sealed class FaultLane : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private FaultLane()
    {
    }

    public DockerRegistry Source { get; private set; } = null!;

    public DockerRegistry Target { get; private set; } = null!;

    public static async Task<FaultLane> StartAsync()
    {
        var lane = new FaultLane();
        lane.Source = await DockerRegistry.StartAsync(lane._folder.Of("source"));
        lane.Target = await DockerRegistry.StartAsync(lane._folder.Of("target"));
        return lane;
    }

    public string Of(string name) => _folder.Of(name);

    /// <summary>As if nothing had been there.</summary>
    public void Empty()
    {
        foreach (var folder in Directory.EnumerateDirectories(_folder.Path))
        {
            Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        await Source.DisposeAsync();
        _folder.Dispose();
    }
}

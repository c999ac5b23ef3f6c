using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TransferEngine.Persistence;

namespace TransferEngine.Hosting;

/// <summary>
/// The actor system of the container, if there is one and it was made with the engine's plugins (<see cref="SqlPlugins"/>), else the process's own. The
/// container's is the host's to end, and asked for only when the first job begins.
/// </summary>
internal sealed class ContainerActorSystem(IServiceProvider services, SqlPlugins plugins, string settings) : IActorSystemProvider, IAsyncDisposable, IDisposable
{
    private readonly SqlActorSystem _own = new(plugins, services.GetService<ILoggerFactory>(), settings);
    private volatile ActorSystem? _host;

    public ActorSystem? Current => _host ?? _own.Current;

    public async ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<ActorSystem>() is not { } host || !SqlPlugins.AreIn(host))
            return await _own.GetAsync(cancellationToken);
        await plugins.PrepareAsync(cancellationToken);
        return _host = host;
    }

    public ValueTask DisposeAsync() => _own.DisposeAsync();

    public void Dispose() => _own.Dispose();
}

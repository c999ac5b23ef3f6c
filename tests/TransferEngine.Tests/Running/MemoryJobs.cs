using Akka.Actor.Setup;
using Akka.Configuration;

namespace TransferEngine.Tests.Running;

/// <summary>
/// An actor system whose journal lives as long as this object, so that a second run finds what the first one left, and jobs that nobody
/// else runs.
/// </summary>
internal sealed class MemoryJobs(ActorSystemSetup setup) : IActorSystemProvider, IJobStore, IAsyncDisposable
{
    public MemoryJobs(Config? settings = null)
        : this(ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(settings ?? EngineSpec.Settings)))
    {
    }

    private readonly Lock _lock = new();

    public ActorSystem? Current { get; private set; }

    public ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult(Current ??= ActorSystem.Create("test", setup));
    }

    public async Task<IJobLease> OpenAsync(string job, bool restart, CancellationToken cancellationToken)
    {
        if (restart)
            await DisposeAsync();
        return new Lease();
    }

    public async ValueTask DisposeAsync()
    {
        if (Current is { } system)
            await system.Terminate();
        Current = null;
    }

    Task<IReadOnlyList<string>> IJobStore.ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<JobStatus> IJobStore.ReadAsync(string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IJobStore.RemoveAsync(string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Lease : IJobLease
    {
        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

using System.Collections.Concurrent;

namespace TransferEngine.Tests.Runtime;

/// <summary>Actor systems whose journals live as long as this object, so that a second run finds what the first one left.</summary>
internal sealed class MemoryActorSystems : IActorSystemFactory, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IEventJournal> _journals = new(StringComparer.Ordinal);

    public ValueTask<JobActorSystem> OpenAsync(string job, bool restart, CancellationToken cancellationToken)
    {
        if (restart)
            _journals.TryRemove(job, out _);
        var system = ActorSystem.Create("test", EngineSpec.Settings with { Journal = _journals.GetOrAdd(job, _ => new InMemoryEventJournal()) });
        return ValueTask.FromResult(new JobActorSystem(system, () => ValueTask.CompletedTask));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

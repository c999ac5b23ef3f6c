using System.Collections.Concurrent;

namespace TransferEngine.Actors;

/// <summary>
/// The appends under way. An actor may end before its append does; whoever recovers under the same persistence id then waits
/// for it, or it would number its own events as if the append had never been.
/// </summary>
internal sealed class PendingWrites
{
    private readonly ConcurrentDictionary<string, Task> _writes = new(StringComparer.Ordinal);

    public async Task Start(string persistenceId, Func<Task> append)
    {
        var write = Task.Run(append);
        _writes[persistenceId] = write;
        try
        {
            await write.ConfigureAwait(false);
        }
        finally
        {
            _writes.TryRemove(new KeyValuePair<string, Task>(persistenceId, write));
        }
    }

    /// <summary>Completes when the append under way has ended, well or not.</summary>
    public async Task WaitAsync(string persistenceId, CancellationToken cancellationToken)
    {
        if (_writes.TryGetValue(persistenceId, out var write))
            await write.ContinueWith(static _ => { }, cancellationToken, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
    }
}

namespace TransferEngine.Service.Registry;

/// <summary>
/// Does what costs much processor time on few threads of its own, so that requests are not held up by it. Those who ask take turns: one
/// who asks for much waits for himself.
/// </summary>
internal sealed class FairQueue<TAsker> : IDisposable
    where TAsker : notnull
{
    private readonly object _gate = new();
    private readonly int _longestLine;
    private readonly Dictionary<TAsker, Queue<(Action Do, Action Cancel)>> _lines = [];
    private readonly Queue<TAsker> _turns = [];
    private bool _isDisposed;

    /// <param name="threads">How many works are done at the same time.</param>
    /// <param name="longestLine">How many works of one asker may wait.</param>
    public FairQueue(int threads, int longestLine)
    {
        _longestLine = longestLine;
        for (var i = 0; i < threads; i++)
            new Thread(WorkOn) { IsBackground = true, Name = "password checks" }.Start();
    }

    /// <summary>The work's result; null, at once, if too many of the asker's wait already. Cancelled after the end.</summary>
    /// <param name="asker">Who takes turns with the others.</param>
    /// <param name="work">Done on another thread.</param>
    /// <param name="cancellationToken">If it comes before the work's turn, the work is not done.</param>
    public Task<T>? TryRun<T>(TAsker asker, Func<T> work, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isDisposed)
                return Task.FromCanceled<T>(new CancellationToken(canceled: true));
            if (!_lines.TryGetValue(asker, out var line))
                _lines.Add(asker, line = []);
            if (line.Count >= _longestLine)
                return null;
            line.Enqueue((() => Complete(result, work, cancellationToken), () => result.TrySetCanceled(CancellationToken.None)));
            if (line.Count == 1)
                _turns.Enqueue(asker);
            Monitor.Pulse(_gate);
        }
        return result.Task;
    }

    public void Dispose()
    {
        List<Action> waiting;
        lock (_gate)
        {
            _isDisposed = true;
            waiting = [.. _lines.Values.SelectMany(line => line.Select(one => one.Cancel))];
            _lines.Clear();
            _turns.Clear();
            Monitor.PulseAll(_gate);
        }
        waiting.ForEach(cancel => cancel());
    }

    private static void Complete<T>(TaskCompletionSource<T> result, Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            result.TrySetCanceled(cancellationToken);
            return;
        }
        try
        {
            result.TrySetResult(work());
        }
        // The thread serves others: whoever asked gets the failure, whatever it is.
        catch (Exception e)
        {
            result.TrySetException(e);
        }
    }

    private void WorkOn()
    {
        while (TakeNext() is { } work)
            work();
    }

    private Action? TakeNext()
    {
        lock (_gate)
        {
            while (_turns.Count == 0)
            {
                if (_isDisposed)
                    return null;
                Monitor.Wait(_gate);
            }
            var asker = _turns.Dequeue();
            var line = _lines[asker];
            var work = line.Dequeue().Do;
            if (line.Count > 0)
                _turns.Enqueue(asker);
            else
                _lines.Remove(asker);
            return work;
        }
    }
}

namespace TransferEngine.Perf.Actors;

/// <summary>Counts handled messages of one receiver; the last one reports to all.</summary>
internal sealed class Countdown(int messages, CountdownEvent? receivers = null)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = messages;

    public Task Done => _done.Task;

    /// <summary>Only ever called by one receiver at a time, as actors and loops are.</summary>
    public bool Count()
    {
        if (--_left > 0)
            return false;
        receivers?.Signal();
        _done.SetResult();
        return true;
    }
}

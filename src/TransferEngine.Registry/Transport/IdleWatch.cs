namespace TransferEngine.Registry;

/// <summary>
/// Cancels a request when nothing has moved for too long. Measures idleness, not duration: a large blob may take hours, and
/// a registry that pauses may go on.
/// </summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenSource _linked;

    public IdleWatch(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _limit = limit;
        _idle = new CancellationTokenSource(limit, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, cancellationToken);
    }

    public CancellationToken Token => _linked.Token;

    public bool IsIdle => _idle.IsCancellationRequested;

    /// <summary>Something has moved: the time starts anew.</summary>
    public void Touch() => _idle.CancelAfter(_limit);

    public void Dispose()
    {
        _linked.Dispose();
        _idle.Dispose();
    }
}

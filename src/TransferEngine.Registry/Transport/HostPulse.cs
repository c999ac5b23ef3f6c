namespace TransferEngine.Registry;

/// <summary>
/// When the registry last answered anybody. That one request gets no answer says nothing of the registry: a middlebox may dislike one
/// blob. It is gone when for some time nobody gets one, which is tried out by asking for what every registry answers.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="maxOutage">How long it may answer nobody.</param>
/// <param name="ask">Asks for <c>/v2/</c>: true if an answer comes that is no server's trouble.</param>
internal sealed class HostPulse(TimeProvider time, TimeSpan maxOutage, Func<Task<bool>> ask)
{
    private readonly Lock _turn = new();
    private long _lastAnswer = long.MinValue;
    private Task<bool>? _asking;

    public long Now => time.GetTimestamp();

    /// <summary>An answer came that shows a registry at work.</summary>
    public void Note() => Volatile.Write(ref _lastAnswer, Now);

    /// <summary>Whether anybody was answered since then. If nobody was, it is asked once for all who want to know.</summary>
    public async ValueTask<bool> IsBeatingAsync(long since, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _lastAnswer) >= since)
            return true;
        Task<bool> asking;
        lock (_turn)
            asking = _asking is { IsCompleted: false } running ? running : _asking = ask();
        return await asking.WaitAsync(cancellationToken);
    }

    /// <summary>Nobody was answered for too long, or at least since then.</summary>
    public bool IsGone(long since) => time.GetElapsedTime(Math.Max(since, Volatile.Read(ref _lastAnswer))) >= maxOutage;
}

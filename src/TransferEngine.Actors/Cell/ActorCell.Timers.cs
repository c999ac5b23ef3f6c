namespace TransferEngine.Actors;

internal sealed partial class ActorCell
{
    private sealed record RunningTimer(int Generation, object Message, bool IsPeriodic, ITimer Timer);

    private static readonly object ReceiveTimeoutKey = new();

    private Dictionary<object, RunningTimer>? _timers;
    private int _timerGeneration;
    private TimeSpan? _receiveTimeout;

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        _receiveTimeout = timeout;
        CancelTimer(ReceiveTimeoutKey);
        RestartReceiveTimeout();
    }

    public void StartTimer(object key, object message, TimeSpan due, bool isPeriodic)
    {
        CancelTimer(key);
        var tick = new TimerTick(key, ++_timerGeneration);
        var timer = System.Time.CreateTimer(_ => Post(new Envelope(tick, _self)), null, due, isPeriodic ? due : Timeout.InfiniteTimeSpan);
        (_timers ??= [])[key] = new RunningTimer(tick.Generation, message, isPeriodic, timer);
    }

    public bool IsTimerActive(object key) => _timers?.ContainsKey(key) == true;

    public void CancelTimer(object key)
    {
        if (_timers is not null && _timers.Remove(key, out var timer))
            timer.Timer.Dispose();
    }

    public void CancelTimers()
    {
        CancelKeyedTimers();
        CancelTimer(ReceiveTimeoutKey);
    }

    /// <summary>All but the receive timeout, which is no timer of the actor's own.</summary>
    public void CancelKeyedTimers()
    {
        foreach (var key in _timers?.Keys.Where(key => !ReferenceEquals(key, ReceiveTimeoutKey)).ToList() ?? [])
            CancelTimer(key);
    }

    // The tick alone proves nothing: only the message of the key's current generation is delivered.
    private object? TakeTick(TimerTick tick)
    {
        if (_timers is null || !_timers.TryGetValue(tick.Key, out var timer) || timer.Generation != tick.Generation)
            return null;
        if (!timer.IsPeriodic)
            CancelTimer(tick.Key);
        return timer.Message;
    }

    private void RestartReceiveTimeout()
    {
        if (_receiveTimeout is { } timeout && _phase == Phase.Running)
            StartTimer(ReceiveTimeoutKey, ReceiveTimeout.Instance, timeout, isPeriodic: false);
    }
}

namespace TransferEngine.Actors;

/// <summary>
/// Timers of one actor, by key. Starting a key again, cancelling it or restarting the actor makes sure that no older tick
/// is delivered, even if it is in the mailbox already.
/// </summary>
public interface ITimerScheduler
{
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}

/// <summary>An actor that has timers: the kernel sets <see cref="Timers"/> before it starts.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}

internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => cell.StartTimer(key, msg, timeout, isPeriodic: false);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => cell.StartTimer(key, msg, interval, isPeriodic: true);

    public bool IsTimerActive(object key) => cell.IsTimerActive(key);

    public void Cancel(object key) => cell.CancelTimer(key);

    public void CancelAll() => cell.CancelKeyedTimers();
}

/// <summary>A timer has fired; valid only while it is its key's current one.</summary>
internal sealed record TimerTick(object Key, int Generation) : INotInfluenceReceiveTimeout, IDeadLetterSuppression;

using System.Collections.Concurrent;

namespace TransferEngine.Registry.Tests.Fakes;

/// <summary>
/// A clock on which pauses pass at once: whoever waits goes on, and it is that much later. The watches over connecting and idleness,
/// which are known by the options' own times, never end.
/// </summary>
internal sealed class PassingTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TimeSpan[] _watches = [new RegistryOptions().ConnectTimeout, new RegistryOptions().IdleTimeout];
    private long _passed;

    /// <summary>In the order in which they were begun.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    public TimeSpan Passed => TimeSpan.FromTicks(Volatile.Read(ref _passed));

    /// <summary>Called after each pause.</summary>
    public Func<Task> Paused { get; set; } = () => Task.CompletedTask;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _passed);

    public override DateTimeOffset GetUtcNow() => Start + Passed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || _watches.Contains(dueTime))
            return new Timer();
        Pauses.Enqueue(dueTime);
        Interlocked.Add(ref _passed, dueTime.Ticks);
        _ = PassAsync(callback, state);
        return new Timer();
    }

    private async Task PassAsync(TimerCallback callback, object? state)
    {
        await Task.Yield();
        await Paused();
        callback(state);
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

namespace TransferEngine.Pushers;

/// <summary>
/// Paces all pushers together to a number of bytes per second: each piece books its time on one line, and waits until it
/// has come. A line with no gaps longer than a quarter second, so that the pace is even.
/// </summary>
internal sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>The largest piece worth booking at once.</summary>
    public int MaxPiece { get; } = bytesPerSecond <= 0 ? int.MaxValue : (int)Math.Clamp(bytesPerSecond / 4, 1024, int.MaxValue);

    public ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond <= 0)
            return ValueTask.CompletedTask;
        var wait = Book(bytes);
        return wait <= TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(wait, time, cancellationToken));
    }

    private TimeSpan Book(int bytes)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            var begin = _free > now ? _free : now;
            _free = begin + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            return begin - now;
        }
    }
}

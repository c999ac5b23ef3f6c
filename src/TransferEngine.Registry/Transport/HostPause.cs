using System.Globalization;

namespace TransferEngine.Registry;

/// <summary>
/// Keeps all requests to a host back while it asks for it: <c>Retry-After</c> concerns the client, not the one request that was
/// answered so (RFC 9110, section 10.2.3: seconds or a date).
/// </summary>
internal sealed class HostPause(TimeProvider time, TimeSpan longest, RegistryTelemetry telemetry)
{
    private long _untilTicks;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var left = new DateTimeOffset(Volatile.Read(ref _untilTicks), TimeSpan.Zero) - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return Task.CompletedTask;
        var pause = left < longest ? left : longest;
        telemetry.Paused(RetryReason.Throttled, pause);
        return Task.Delay(pause, time, cancellationToken);
    }

    /// <summary>Notes what the answer asks for. True if that is a pause: a date that is past, by a clock that differs from ours, is none.</summary>
    public bool Note(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Retry-After", out var values) || Parse(values.FirstOrDefault()) is not { } pause || pause == TimeSpan.Zero)
            return false;
        var until = (time.GetUtcNow() + (pause < longest ? pause : longest)).UtcTicks;
        long seen;
        do
        {
            seen = Volatile.Read(ref _untilTicks);
        }
        while (seen < until && Interlocked.CompareExchange(ref _untilTicks, until, seen) != seen);
        return true;
    }

    private TimeSpan? Parse(string? value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? TimeSpan.FromTicks(Math.Max(0, (date - time.GetUtcNow()).Ticks))
            : null;
    }
}

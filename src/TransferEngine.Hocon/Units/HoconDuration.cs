using System.Diagnostics.CodeAnalysis;

namespace TransferEngine.Hocon;

/// <summary>Durations as HOCON writes them: a number and a unit from nanoseconds to days, <c>500 ms</c>.</summary>
public static class HoconDuration
{
    private static readonly Dictionary<string, decimal> TicksPerUnit = HoconUnits.Table(
        (0.01m, ["ns", "nano", "nanos", "nanosecond", "nanoseconds"]),
        (TimeSpan.TicksPerMicrosecond, ["us", "micro", "micros", "microsecond", "microseconds"]),
        (TimeSpan.TicksPerMillisecond, ["ms", "milli", "millis", "millisecond", "milliseconds"]),
        (TimeSpan.TicksPerSecond, ["s", "second", "seconds"]),
        (TimeSpan.TicksPerMinute, ["m", "minute", "minutes"]),
        (TimeSpan.TicksPerHour, ["h", "hour", "hours"]),
        (TimeSpan.TicksPerDay, ["d", "day", "days"]));

    /// <exception cref="FormatException">The text is no number with a unit of time.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is no duration; write it like 500 ms, 10 s or 2 minutes.");

    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        var isDuration = HoconUnits.TryParse(text, TicksPerUnit, out var ticks);
        duration = TimeSpan.FromTicks(ticks);
        return isDuration;
    }
}

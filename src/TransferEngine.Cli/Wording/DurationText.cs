using System.Globalization;

namespace TransferEngine.Cli.Wording;

/// <summary>Times as people read them: <c>4.1 s</c>, <c>3 min 20 s</c>, <c>2 h 05 min</c>, <c>3 d 04 h</c>.</summary>
internal static class DurationText
{
    public static string Of(TimeSpan time)
    {
        var culture = CultureInfo.InvariantCulture;
        if (time < TimeSpan.FromSeconds(9.95))
            return string.Create(culture, $"{time.TotalSeconds:0.0} s");
        var whole = TimeSpan.FromSeconds(Math.Round(time.TotalSeconds));
        if (whole < TimeSpan.FromMinutes(1))
            return string.Create(culture, $"{whole.Seconds} s");
        if (whole < TimeSpan.FromHours(1))
            return string.Create(culture, $"{whole.Minutes} min {whole.Seconds:00} s");
        return whole < TimeSpan.FromDays(1)
            ? string.Create(culture, $"{whole.Hours} h {whole.Minutes:00} min")
            : string.Create(culture, $"{whole.Days} d {whole.Hours:00} h");
    }
}

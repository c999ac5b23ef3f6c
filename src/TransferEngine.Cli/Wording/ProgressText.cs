using System.Text;
using TransferEngine.Cli.Progress;
using TransferEngine.Images;

namespace TransferEngine.Cli.Wording;

/// <summary>How a run stands, in a line; and a line for each pusher at work.</summary>
internal static class ProgressText
{
    private const int BarWidth = 20;
    private const int ShortDigest = 12;

    public static string Line(ProgressSnapshot snapshot, Pace pace)
    {
        var totals = snapshot.Totals;
        var text = new StringBuilder($"{DurationText.Of(snapshot.Elapsed)}: {Count.Of(totals.Images)}");
        if (snapshot.ImagesExpected is { } expected)
            text.Append($" of {Count.Of(expected)}");
        text.Append($" images, {ByteText.Of(snapshot.BytesSent)} sent at {ByteText.RateOf(pace.BytesPerSecond)}");
        if (totals.Failed > 0)
            text.Append($", {Count.Of(totals.Failed)} failed");
        if (pace.TimeLeft is { } left)
            text.Append($", {DurationText.Of(left)} left");
        return text.ToString();
    }

    public static IEnumerable<string> Pushers(ProgressSnapshot snapshot, int width) => snapshot.Pushers
        .Select((pusher, number) => pusher is null ? $"{number + 1,3}  idle" : Line(number, pusher, width));

    /// <summary>Cuts a line to a terminal's width.</summary>
    public static string Fit(string line, int width) => line.Length <= width ? line : string.Concat(line.AsSpan(0, width - 1), "…");

    private static string Line(int number, PusherSnapshot pusher, int width)
    {
        var done = pusher.Size > 0 ? Math.Clamp((double)pusher.Sent / pusher.Size, 0, 1) : 1;
        var filled = (int)Math.Round(done * BarWidth);
        var bar = new string('━', filled) + new string('╌', BarWidth - filled);
        return Fit($"{number + 1,3}  {bar} {ByteText.Of(pusher.Sent),10} of {ByteText.Of(pusher.Size),-10} {Short(pusher.Digest)}  {Printable.Of(pusher.Repository)}", width);
    }

    private static string Short(string digest)
    {
        var hex = digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return hex.Length <= ShortDigest ? hex : hex[..ShortDigest];
    }
}

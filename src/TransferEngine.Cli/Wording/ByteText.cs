using System.Globalization;
using TransferEngine.Hocon;

namespace TransferEngine.Cli.Wording;

/// <summary>Bytes and rates as people write and read them.</summary>
internal static class ByteText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary><c>1.5 GiB</c>; whole bytes below 1 KiB.</summary>
    public static string Of(double bytes)
    {
        var unit = 0;
        // 1023.95 KiB would be shown as 1024.0 KiB.
        for (; bytes >= (unit == 0 ? 1024 : 1023.95) && unit < Units.Length - 1; unit++)
            bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? Math.Floor(bytes) : Math.Round(bytes, 1)).ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    public static string RateOf(double bytesPerSecond) => Of(bytesPerSecond) + "/s";

    /// <summary>Reads bytes per second: <c>50MiB</c>, <c>10M</c> (the same unit), <c>8 MB/s</c>, <c>1000000</c>; 0 is no limit.</summary>
    public static bool TryParseRate(string text, out long bytesPerSecond)
    {
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        return (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out bytesPerSecond)
            || HoconSize.TryParse(number, out bytesPerSecond))
            && bytesPerSecond >= 0;
    }
}

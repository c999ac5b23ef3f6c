using System.Diagnostics.CodeAnalysis;

namespace TransferEngine.Hocon;

/// <summary>
/// Sizes in bytes as HOCON writes them: <c>1 MiB</c> and <c>1 M</c> are 1,048,576, <c>1 MB</c> is 1,000,000.
/// </summary>
public static class HoconSize
{
    private static readonly Dictionary<string, decimal> BytesPerUnit = HoconUnits.Table(
        (1m, ["B", "b", "byte", "bytes"]),
        (1e3m, ["kB", "kilobyte", "kilobytes"]),
        (1e6m, ["MB", "megabyte", "megabytes"]),
        (1e9m, ["GB", "gigabyte", "gigabytes"]),
        (1e12m, ["TB", "terabyte", "terabytes"]),
        (1L << 10, ["K", "k", "Ki", "KiB", "kibibyte", "kibibytes"]),
        (1L << 20, ["M", "Mi", "MiB", "mebibyte", "mebibytes"]),
        (1L << 30, ["G", "g", "Gi", "GiB", "gibibyte", "gibibytes"]),
        (1L << 40, ["T", "t", "Ti", "TiB", "tebibyte", "tebibytes"]));

    /// <exception cref="FormatException">The text is no number with a unit of size.</exception>
    public static long Parse(string text) =>
        TryParse(text, out var bytes) ? bytes : throw new FormatException($"'{text}' is no size; write it like 64 KiB, 1 MiB or 10 MB.");

    public static bool TryParse([NotNullWhen(true)] string? text, out long bytes) => HoconUnits.TryParse(text, BytesPerUnit, out bytes);
}

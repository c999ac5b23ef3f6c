using System.Globalization;

namespace TransferEngine.Hocon;

/// <summary>A number followed by one of a table's units, with or without space between them.</summary>
internal static class HoconUnits
{
    public static Dictionary<string, decimal> Table(params (decimal Factor, string[] Names)[] units) => units
        .SelectMany(unit => unit.Names, (unit, name) => (name, unit.Factor))
        .ToDictionary(entry => entry.name, entry => entry.Factor, StringComparer.Ordinal);

    /// <summary>False also for what doesn't fit: such a value is left as it is written.</summary>
    public static bool TryParse(string? text, Dictionary<string, decimal> units, out long value)
    {
        value = 0;
        var trimmed = text.AsSpan().Trim();
        var unitAt = trimmed.LastIndexOfAnyExcept(UnitCharacters) + 1;
        var number = trimmed[..unitAt].TrimEnd();
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!units.TryGetValue(trimmed[unitAt..].ToString(), out var factor)
            || !decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out var count)
            || Math.Abs(count) > long.MaxValue / factor)
            return false;
        value = (long)(count * factor);
        return true;
    }

    private static ReadOnlySpan<char> UnitCharacters => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
}

using System.Globalization;
using Microsoft.Extensions.Configuration;
using TransferEngine.Hocon;

namespace TransferEngine.Hosting;

/// <summary>
/// What a key's text means, by the type of the option: durations and sizes have the units of HOCON, from every source. A duration without
/// a unit is refused, since nobody agrees on what it means.
/// </summary>
internal static class OptionValue
{
    public static bool TryRead(IConfigurationSection section, Type type, out object? value)
    {
        if (type == typeof(IReadOnlyList<string>))
            return (value = ReadTexts(section)) is not null;
        value = section.Value is { } text && !section.GetChildren().Any() ? Read(text.Trim(), section.Value, type) : null;
        return value is not null;
    }

    /// <summary>What a bad value should have been.</summary>
    public static string Describe(Type type) => type switch
    {
        _ when type == typeof(TimeSpan) => "a duration with its unit, like 500 ms, 10 s or 2 minutes",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a number, or a size like 64 KiB or 10 MB",
        _ when type == typeof(IReadOnlyList<string>) => "a list of texts",
        { IsEnum: true } => string.Join(" or ", Enum.GetNames(type).Select(OptionKeys.Kebab)),
        _ => "one text",
    };

    /// <summary>All that a key says, for comparing and for messages.</summary>
    public static string TextOf(IConfigurationSection section) =>
        section.Value ?? string.Join(", ", section.GetChildren().Select(TextOf));

    private static object? Read(string text, string whole, Type type) => type switch
    {
        _ when type == typeof(string) => whole,
        _ when type == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
        _ when type == typeof(TimeSpan) => ReadDuration(text),
        _ when type == typeof(long) => ReadNumber(text),
        _ when type == typeof(int) => ReadNumber(text) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null,
        { IsEnum: true } => Enum.GetNames(type).FirstOrDefault(name => OptionKeys.Bare(name) == OptionKeys.Bare(text)) is { } known ? Enum.Parse(type, known) : null,
        _ => throw new NotSupportedException($"No option has the type {type}."),
    };

    private static TimeSpan? ReadDuration(string text) =>
        HoconDuration.TryParse(text, out var duration) || (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration)) ? duration : null;

    private static long? ReadNumber(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || HoconSize.TryParse(text, out number) ? number : null;

    // A single text is a list of one, an empty one a list of none: some sources know no lists.
    private static List<string>? ReadTexts(IConfigurationSection section)
    {
        if (section.Value is { } text)
            return text.Length == 0 ? [] : [text];
        var texts = section.GetChildren().OrderBy(child => int.TryParse(child.Key, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue).Select(child => child.Value).ToList();
        return texts.Contains(null) ? null : texts.ConvertAll(item => item!);
    }
}

using System.Globalization;

namespace TransferEngine.Images.Tests;

public sealed class PrintableTests
{
    /// <summary>What terminals obey, what turns lines around, and what nobody sees.</summary>
    private static readonly string[] Dangerous =
    [
        "\u0000", "\u0007", "\b", "\t", "\n", "\r", "\u001b[31m", "\u007f", "\u0085", "\u009b", "\u009d", "\u061c", "\u00ad", "\u180e", "\u200b", "\u200d", "\u200e",
        "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u206f", "\ufeff", "\ufff9", "\ufffb", "\u115f", "\u3164", "\uffa0",
        "\ud800", "\udc00", "\U000e0001", "\U000e0041", "\U000e007f", "\U0001d173", "plain", "ü", "漢字", "\U0001f600", "…", "\\u{1b}", "{", "}",
    ];

    public static bool IsHarmless(string text)
    {
        var categories = new List<UnicodeCategory>();
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            categories.Add(CharUnicodeInfo.GetUnicodeCategory(text, i));
        return !categories.Any(one => one is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }

    [Theory]
    [InlineData("\u009b31m", "\\u{9b}31m")]
    [InlineData("a\u007fb", "a\\u{7f}b")]
    [InlineData("a\r\nb", "a\\u{d}\\u{a}b")]
    [InlineData("invoice\u202egnp.exe", "invoice\\u{202e}gnp.exe")]
    [InlineData("a\u200bb", "a\\u{200b}b")]
    [InlineData("a\U000e0041b", "a\\u{e0041}b")]
    [InlineData("a\u3164b", "a\\u{3164}b")]
    [InlineData("plain ü 漢字 \U0001f600", "plain ü 漢字 \U0001f600")]
    [InlineData(null, "")]
    public void What_is_dangerous_or_unseen_is_written_out(string? text, string printable) => Assert.Equal(printable, Printable.Of(text));

    /// <summary>Not as data of the test above: an attribute can't hold half a character.</summary>
    [Fact]
    public void Half_a_character_is_written_out() => Assert.Equal("a\\u{d800}b\\u{dc00}", Printable.Of("a\ud800b\udc00"));

    [Fact]
    public void Whatever_comes_in_what_comes_out_is_harmless_short_and_stays_as_it_is() => Property.Holds<(byte[] Choices, string? Other, byte Cut)>(given =>
    {
        var text = string.Concat(given.Choices.Select(choice => Dangerous[choice % Dangerous.Length])) + given.Other;
        var printable = Printable.Of(text);
        return IsHarmless(printable) && printable.Length <= 129 && Printable.Of(printable) == printable;
    }, cases: 5000);

    [Fact]
    public void Text_that_is_too_long_is_cut_between_characters()
    {
        Assert.Equal(new string('x', 128) + "…", Printable.Of(new string('x', 129)));
        Assert.Equal(new string('x', 127) + "…", Printable.Of(new string('x', 127) + "\U0001f600"));
        Assert.Equal(new string('x', 125) + "…", Printable.Of(new string('x', 125) + "\u001b"));
        Assert.Equal(new string('x', 128), Printable.Of(new string('x', 128)));
    }
}

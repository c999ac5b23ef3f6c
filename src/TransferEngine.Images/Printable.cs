using System.Globalization;
using System.Text;

namespace TransferEngine.Images;

/// <summary>
/// Makes text from outside fit for a terminal, a log or a report: what steers a terminal, turns or breaks a line or is not seen at all
/// (Unicode's categories Cc, Cf, Zl, Zp, lone surrogates, blank letters) is written out as <c>\u{1b}</c>, and the length is bounded. What
/// has been made printable stays as it is.
/// </summary>
public static class Printable
{
    /// <summary>Enough to know a thing by: a tag has no more.</summary>
    private const int Longest = 128;

    /// <summary>More than Linux allows a path to have (4096 bytes), also with much of it written out.</summary>
    private const int LongestWhole = 16_384;

    /// <summary>A name or another piece of a message, up to 128 characters of it.</summary>
    public static string Of(string? text) => Of(text, Longest);

    /// <summary>A path or a message that is to be read to its end.</summary>
    public static string Whole(string? text) => Of(text, LongestWhole);

    private static string Of(string? text, int longest)
    {
        if (text is null)
            return "";
        // Nearly all that comes here is a name in ASCII.
        if (text.Length <= longest && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var printable = new StringBuilder(Math.Min(text.Length, longest) + 1);
        for (var i = 0; i < text.Length;)
        {
            var length = char.IsSurrogatePair(text, i) ? 2 : 1;
            var shown = IsHarmless(text, i) ? text.AsSpan(i, length) : $"\\u{{{(length == 2 ? char.ConvertToUtf32(text, i) : text[i]):x}}}";
            if (printable.Length + shown.Length > longest)
                return printable.Append('…').ToString();
            printable.Append(shown);
            i += length;
        }
        return printable.ToString();
    }

    private static bool IsHarmless(string text, int index) => CharUnicodeInfo.GetUnicodeCategory(text, index) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        // Fillers of Hangul: letters by category, but nothing to see.
        && text[index] is not ('\u115f' or '\u1160' or '\u3164' or '\uffa0');
}

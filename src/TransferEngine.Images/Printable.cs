namespace TransferEngine.Images;

/// <summary>Makes untrusted text fit for a message: control characters replaced, length bounded to 128.</summary>
public static class Printable
{
    private const int Longest = 128;

    public static string Of(string? text)
    {
        if (text is null)
            return "";
        var cut = text.Length > Longest ? string.Concat(text.AsSpan(0, Longest), "…") : text;
        return cut.Any(char.IsControl)
            ? string.Create(cut.Length, cut, static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = char.IsControl(source[i]) ? '?' : source[i];
            })
            : cut;
    }
}

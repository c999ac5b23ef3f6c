using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>
/// The last gate before a terminal: whatever is written, nothing but line breaks steers it. Names and messages from outside are made
/// harmless where they are put into a line (<see cref="Printable"/>); this is for the one that was forgotten.
/// </summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => inner.Write(Harmless(value));

    public override void WriteLine(string? value) => inner.WriteLine(Harmless(value));

    public override void Flush() => inner.Flush();

    private static string? Harmless(string? text)
    {
        // Nearly all that is written.
        if (text is null || !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var harmless = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            _ = rune.Value is '\n' or (>= ' ' and <= '~') ? harmless.Append((char)rune.Value) : harmless.Append(Printable.Of(rune.ToString()));
        return harmless.ToString();
    }
}

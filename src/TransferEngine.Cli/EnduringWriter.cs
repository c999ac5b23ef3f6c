using System.Text;

namespace TransferEngine.Cli;

/// <summary>
/// A writer that stops no run: after the first error of what is behind it (a full disk, a terminal that is gone) it takes everything and
/// writes nothing more. <see cref="Failure"/> tells. A pipe whose reader has left is none: who pipes into <c>head</c> has seen enough.
/// </summary>
internal sealed class EnduringWriter(TextWriter inner) : TextWriter
{
    private IOException? _failure;

    /// <summary>Why something of what was written is missing; null while nothing is.</summary>
    public IOException? Failure => _failure;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Try(static (writer, text) => writer.Write(text), value);

    // In one piece, as two writes of two processes may come between each other on a terminal.
    public override void WriteLine(string? value) => Try(static (writer, text) => writer.WriteLine(text), value);

    public override void Flush() => Try(static (writer, _) => writer.Flush(), null);

    private void Try(Action<TextWriter, string?> write, string? text)
    {
        if (_failure is not null)
            return;
        try
        {
            write(inner, text);
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }
}

using System.Text;

namespace TransferEngine.Cli.Tests.Fakes;

/// <summary>Keeps what is written, as a disk does: until it is full.</summary>
internal sealed class FillingWriter(int room) : TextWriter
{
    private readonly StringBuilder _text = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (_text.Length >= room)
            throw new IOException("No space left on device");
        _text.Append(value);
    }

    public override string ToString() => _text.ToString();
}

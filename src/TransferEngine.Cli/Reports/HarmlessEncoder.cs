using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using TransferEngine.Images;

namespace TransferEngine.Cli.Reports;

/// <summary>
/// JSON that is shown on terminals: names stay readable, and what steers a terminal or is not seen at all (<see cref="Printable"/> says
/// what that is) is written as <c>\uXXXX</c>, so that whoever parses it has the very name. The framework's own lets Unicode's format
/// characters through, which turn a line around.
/// </summary>
internal sealed unsafe class HarmlessEncoder : JavaScriptEncoder
{
    // Output goes to terminals and files, never into HTML.
    private static readonly JavaScriptEncoder Relaxed = UnsafeRelaxedJsonEscaping;

    private HarmlessEncoder()
    {
    }

    public static HarmlessEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => Relaxed.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) =>
        Relaxed.WillEncode(unicodeScalar) || (unicodeScalar > '~' && char.ConvertFromUtf32(unicodeScalar) is var text && Printable.Of(text) != text);

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var rest = new ReadOnlySpan<char>(text, textLength);
        if (!rest.ContainsAnyExceptInRange(' ', '~'))
            return Relaxed.FindFirstCharacterToEncode(text, textLength);
        for (var i = 0; i < textLength;)
        {
            if (Rune.DecodeFromUtf16(rest[i..], out var rune, out var length) != OperationStatus.Done || WillEncode(rune.Value))
                return i;
            i += length;
        }
        return -1;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (Relaxed.WillEncode(unicodeScalar))
            return Relaxed.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        numberOfCharactersWritten = 0;
        foreach (var unit in char.ConvertFromUtf32(unicodeScalar))
        {
            var room = new Span<char>(buffer + numberOfCharactersWritten, bufferLength - numberOfCharactersWritten);
            if (!room.TryWrite(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}", out var written))
                return false;
            numberOfCharactersWritten += written;
        }
        return true;
    }
}

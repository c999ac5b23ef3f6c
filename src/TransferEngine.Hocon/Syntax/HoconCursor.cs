using System.Globalization;
using System.Text;

namespace TransferEngine.Hocon;

/// <summary>Reads the lexical elements of a document: space, comments, strings.</summary>
internal sealed class HoconCursor(HoconSource source)
{
    /// <summary>What an unquoted string may not hold (HOCON, "Unquoted strings").</summary>
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";

    private readonly string _text = source.Text;

    public int Offset { get; private set; }

    public bool IsAtEnd => Offset >= _text.Length;

    /// <summary>The next character; NUL at the end.</summary>
    public char Current => IsAtEnd ? '\0' : _text[Offset];

    public bool IsAtComment => Current == '#' || LooksAt("//");

    public HoconPosition Position => new(source, Offset);

    public bool LooksAt(string text) => string.CompareOrdinal(_text, Offset, text, 0, text.Length) == 0;

    public HoconException Error(string reason) => source.Error(Offset, reason);

    public bool TryTake(string text)
    {
        if (!LooksAt(text))
            return false;
        Offset += text.Length;
        return true;
    }

    public void Take(string text)
    {
        if (!TryTake(text))
            throw Error($"'{text}' is expected here.");
    }

    /// <summary>Space within the line.</summary>
    public string TakeSpace()
    {
        var start = Offset;
        while (!IsAtEnd && IsSpace(Current))
            Offset++;
        return _text[start..Offset];
    }

    /// <summary>Space, comments and line ends; true if there was a line end.</summary>
    public bool SkipLines()
    {
        var isNewLine = false;
        while (true)
        {
            TakeSpace();
            if (IsAtComment)
                SkipComment();
            else if (Current == '\n')
                (isNewLine, Offset) = (true, Offset + 1);
            else
                return isNewLine;
        }
    }

    /// <summary>A run of characters that need no quotes; empty if the next one does.</summary>
    public string TakeUnquoted()
    {
        var start = Offset;
        while (!IsAtEnd && Current != '\n' && !IsSpace(Current) && !Reserved.Contains(Current, StringComparison.Ordinal) && !IsAtComment)
            Offset++;
        return _text[start..Offset];
    }

    /// <summary>A string in one pair of quotes, or in three.</summary>
    public string TakeQuoted() => LooksAt("\"\"\"") ? TakeTripleQuoted() : TakeSimpleQuoted();

    private static bool IsSpace(char c) => c != '\n' && (char.IsWhiteSpace(c) || c == '\uFEFF');

    private void SkipComment()
    {
        var end = _text.IndexOf('\n', Offset);
        Offset = end < 0 ? _text.Length : end;
    }

    // All quotes of a longer run belong to the content except the last three.
    private string TakeTripleQuoted()
    {
        var end = _text.IndexOf("\"\"\"", Offset + 3, StringComparison.Ordinal);
        if (end < 0)
            throw Error("The string that begins here with three quotes has no end.");
        while (end + 3 < _text.Length && _text[end + 3] == '"')
            end++;
        var content = _text[(Offset + 3)..end];
        Offset = end + 3;
        return content;
    }

    private string TakeSimpleQuoted()
    {
        var start = Offset++;
        var content = new StringBuilder();
        while (Current != '"')
        {
            if (IsAtEnd || Current == '\n')
                throw source.Error(start, "The string that begins here has no closing quote in its line.");
            if (Current < ' ')
                throw Error("A control character in a string must be written as an escape.");
            content.Append(Current == '\\' ? TakeEscape() : _text[Offset++]);
        }
        Offset++;
        return content.ToString();
    }

    private char TakeEscape()
    {
        var escape = Offset + 1 < _text.Length ? _text[Offset + 1] : '\0';
        if (escape == 'u')
            return TakeUnicodeEscape();
        var index = "\"\\/bfnrt".IndexOf(escape, StringComparison.Ordinal);
        if (index < 0 || escape == '\0')
            throw Error("This is no escape that HOCON knows; a backslash itself is written twice.");
        Offset += 2;
        return "\"\\/\b\f\n\r\t"[index];
    }

    private char TakeUnicodeEscape()
    {
        if (Offset + 6 > _text.Length
            || !ushort.TryParse(_text.AsSpan(Offset + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw Error("Four hexadecimal digits are expected after \\u.");
        Offset += 6;
        return (char)code;
    }
}

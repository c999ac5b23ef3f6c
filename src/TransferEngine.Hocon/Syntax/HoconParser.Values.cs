using System.Text;

namespace TransferEngine.Hocon;

/// <summary>Values and paths.</summary>
internal sealed partial class HoconParser
{
    private HoconNode ParseValue()
    {
        var position = _cursor.Position;
        var parts = new List<HoconNode>();
        while (true)
        {
            var spaceAt = _cursor.Position;
            var space = _cursor.TakeSpace();
            if (_cursor.IsAtEnd || _cursor.Current is '\n' or ',' or '}' or ']' || _cursor.IsAtComment)
                break;
            if (space.Length > 0 && parts.Count > 0)
                parts.Add(new TextNode(spaceAt, space, isQuoted: false));
            parts.Add(ParsePart());
        }
        return parts.Count switch
        {
            0 => throw position.Error("A value is expected here."),
            1 when parts[0] is TextNode { IsQuoted: false, Text: "null" } => new NullNode(position),
            1 => parts[0],
            _ when parts.TrueForAll(part => part is TextNode) => HoconText.Join(position, parts.Cast<TextNode>()),
            _ => new ConcatenationNode(position, parts),
        };
    }

    private HoconNode ParsePart()
    {
        var position = _cursor.Position;
        switch (_cursor.Current)
        {
            case '{':
                return ParseObject();
            case '[':
                return ParseArray();
            case '"':
                return new TextNode(position, _cursor.TakeQuoted(), isQuoted: true);
            case '$':
                return ParseSubstitution();
        }
        var text = _cursor.TakeUnquoted();
        return text.Length > 0 ? new TextNode(position, text, isQuoted: false) : throw Unquotable();
    }

    private ArrayNode ParseArray()
    {
        var opening = _cursor.Position;
        Enter(opening);
        _cursor.Take("[");
        var outer = _path;
        _path = [];
        var items = new List<HoconNode>();
        while (true)
        {
            _cursor.SkipLines();
            if (_cursor.IsAtEnd)
                throw opening.Error("The array that begins here has no closing bracket.");
            if (_cursor.TryTake("]"))
                break;
            items.Add(ParseValue());
            ParseSeparator(']');
        }
        _path = outer;
        _nesting--;
        return new ArrayNode(opening, items);
    }

    private SubstitutionNode ParseSubstitution()
    {
        var position = _cursor.Position;
        if (!_cursor.TryTake("${"))
            throw Unquotable();
        var isOptional = _cursor.TryTake("?");
        _cursor.TakeSpace();
        var path = ParsePath();
        _cursor.Take("}");
        return new SubstitutionNode(position, path, isOptional, _includedAt);
    }

    /// <summary>
    /// Keys divided by dots. Dots in quotes divide nothing; space inside a key belongs to it, space around it does not.
    /// </summary>
    private List<HoconKey> ParsePath()
    {
        var position = _cursor.Position;
        var keys = new List<HoconKey>();
        var key = new StringBuilder();
        var isQuoted = false;
        var space = "";
        while (true)
        {
            if (_cursor.Current == '"')
            {
                key.Append(space).Append(_cursor.TakeQuoted());
                isQuoted = true;
            }
            else if (_cursor.TakeUnquoted() is { Length: > 0 } run)
            {
                AppendUnquoted(run, space);
            }
            else
            {
                break;
            }
            space = _cursor.TakeSpace();
        }
        EndKey();
        return keys.Count <= HoconLimits.Nesting ? keys : throw position.Error($"A path has at most {HoconLimits.Nesting} keys.");

        void AppendUnquoted(string run, string before)
        {
            var pieces = run.Split('.');
            if (pieces[0].Length > 0)
                key.Append(before).Append(pieces[0]);
            foreach (var piece in pieces.AsSpan(1))
            {
                EndKey();
                key.Append(piece);
            }
        }

        void EndKey()
        {
            if (key.Length == 0 && !isQuoted)
                throw position.Error(_cursor.IsAtEnd || _cursor.Offset > position.Offset ? "A key is missing in this path." : UnquotableReason());
            keys.Add(new HoconKey(key.ToString(), isQuoted));
            key.Clear();
            isQuoted = false;
        }
    }

    private HoconException Unquotable() => _cursor.Error(UnquotableReason());

    private string UnquotableReason() => $"The character '{Shown(_cursor.Current)}' can't stand here; a string that holds it needs quotes.";

    private static string Shown(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : c.ToString();
}

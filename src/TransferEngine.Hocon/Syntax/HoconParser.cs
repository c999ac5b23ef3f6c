namespace TransferEngine.Hocon;

/// <summary>
/// Reads one document into nodes, by recursive descent: fields here, values in the other part. Nothing is resolved.
/// </summary>
internal sealed partial class HoconParser
{
    private readonly HoconSource _source;
    private readonly HoconIncludes _includes;
    private readonly IReadOnlyList<HoconKey> _includedAt;
    private readonly HoconCursor _cursor;

    // Path of the object that is being read; cut off by arrays, whose elements have no path.
    private List<HoconKey> _path;
    private int _nesting;

    private HoconParser(HoconSource source, HoconIncludes includes, IReadOnlyList<HoconKey> includedAt)
    {
        _source = source;
        _includes = includes;
        _includedAt = includedAt;
        _cursor = new HoconCursor(source);
        _path = [.. includedAt];
    }

    /// <exception cref="HoconException">The text is no HOCON document.</exception>
    public static ObjectNode Parse(HoconSource source, HoconIncludes includes, IReadOnlyList<HoconKey> includedAt)
    {
        if (source.Text.Length > HoconLimits.Characters)
            throw new HoconException(source.Name, 0, 0, $"The document is longer than {HoconLimits.Characters} characters.");
        return new HoconParser(source, includes, includedAt).ParseDocument();
    }

    private ObjectNode ParseDocument()
    {
        _cursor.SkipLines();
        if (_cursor.Current == '[')
            throw _cursor.Error("A configuration is an object; an array can't be its root.");
        if (_cursor.Current == '{')
        {
            var root = ParseObject();
            _cursor.SkipLines();
            return _cursor.IsAtEnd ? root : throw _cursor.Error("Nothing may follow the closing brace of the document.");
        }
        var fields = new ObjectNode(_cursor.Position);
        ParseFields(fields, opening: null);
        return fields;
    }

    private ObjectNode ParseObject()
    {
        var opening = _cursor.Position;
        Enter(opening);
        _cursor.Take("{");
        var fields = new ObjectNode(opening);
        ParseFields(fields, opening);
        _nesting--;
        return fields;
    }

    private void ParseFields(ObjectNode target, HoconPosition? opening)
    {
        while (true)
        {
            _cursor.SkipLines();
            if (_cursor.IsAtEnd && opening is { } unclosed)
                throw unclosed.Error("The object that begins here has no closing brace.");
            if (_cursor.IsAtEnd)
                return;
            if (_cursor.Current == '}' && opening is not null)
                break;
            ParseField(target);
            ParseSeparator('}');
        }
        _cursor.Take("}");
    }

    private void ParseSeparator(char closing)
    {
        var isNewLine = _cursor.SkipLines();
        if (!_cursor.TryTake(",") && !isNewLine && !_cursor.IsAtEnd && _cursor.Current != closing)
            throw _cursor.Error("A comma or a new line is expected here.");
    }

    private void ParseField(ObjectNode target)
    {
        if (TryParseInclude(target))
            return;
        var position = _cursor.Position;
        var keys = ParsePath();
        var isAppend = ParseAssignment(position);
        var outer = _path;
        _path = [.. outer, .. keys];
        var value = ParseValue();
        _path = outer;
        if (isAppend)
            value = new ConcatenationNode(position, [new PreviousNode(position), new ArrayNode(position, [value])]);
        AddAt(target, keys, value);
    }

    /// <summary>True for <c>+=</c>. Before an object the sign may be left out.</summary>
    private bool ParseAssignment(HoconPosition key)
    {
        if (_cursor.Current == '{')
            return false;
        var isAppend = _cursor.TryTake("+=");
        if (!isAppend && !_cursor.TryTake("=") && !_cursor.TryTake(":"))
            throw key.Error("A key must be followed by '=', ':', '+=' or '{'.");
        _cursor.SkipLines();
        return isAppend;
    }

    // a.b.c = v is a { b { c = v } }.
    private static void AddAt(ObjectNode target, List<HoconKey> keys, HoconNode value)
    {
        for (var i = keys.Count - 1; i > 0; i--)
        {
            var wrapper = new ObjectNode(value.Position);
            wrapper.Add(keys[i], value);
            value = wrapper;
        }
        target.Add(keys[0], value);
    }

    private bool TryParseInclude(ObjectNode target)
    {
        var cursor = _cursor;
        if (!cursor.LooksAt("include ") && !cursor.LooksAt("include\t"))
            return false;
        var position = cursor.Position;
        cursor.Take("include");
        cursor.TakeSpace();
        var isRequired = cursor.TryTake("required(");
        var isFile = cursor.TryTake("file(");
        if (cursor.LooksAt("url(") || cursor.LooksAt("classpath("))
            throw cursor.Error("Only files can be included: include \"name\" or include file(\"name\").");
        if (cursor.Current != '"')
            throw cursor.Error("The name of an included file stands in quotes; a key named 'include' must stand in quotes too.");
        var name = cursor.TakeQuoted();
        for (var closing = (isRequired ? 1 : 0) + (isFile ? 1 : 0); closing > 0; closing--)
            cursor.Take(")");
        if (_includes.Read(_source, position, name, isRequired, _path) is { } included)
            target.AddAll(included);
        return true;
    }

    private void Enter(HoconPosition position)
    {
        if (++_nesting > HoconLimits.Nesting)
            throw position.Error($"Objects and arrays are nested more than {HoconLimits.Nesting} deep.");
    }
}

namespace TransferEngine.Hocon;

/// <summary>
/// A value as written. Resolution turns a tree of these into one that holds only <see cref="TextNode"/>, <see cref="NullNode"/>,
/// <see cref="ArrayNode"/> and <see cref="ObjectNode"/> with one definition per key. Compared by reference: a node is a place in a document.
/// </summary>
internal abstract class HoconNode(HoconPosition position)
{
    public HoconPosition Position { get; } = position;
}

/// <summary>A string, number or boolean; HOCON leaves the difference to whoever reads it.</summary>
internal sealed class TextNode(HoconPosition position, string text, bool isQuoted) : HoconNode(position)
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    /// <summary>Unquoted space between two values: text between texts, nothing between arrays and objects.</summary>
    public bool IsSpace => !IsQuoted && string.IsNullOrWhiteSpace(Text);
}

internal sealed class NullNode(HoconPosition position) : HoconNode(position);

internal sealed class ArrayNode(HoconPosition position, IReadOnlyList<HoconNode> items) : HoconNode(position)
{
    public IReadOnlyList<HoconNode> Items { get; } = items;
}

/// <summary>
/// Each key with all its definitions in the order of the document. None is dropped before resolution: a later one may
/// merge with an earlier one or refer to it.
/// </summary>
internal sealed class ObjectNode(HoconPosition position) : HoconNode(position)
{
    private readonly OrderedDictionary<HoconKey, List<HoconNode>> _fields = [];

    public IEnumerable<HoconKey> Keys => _fields.Keys;

    public IReadOnlyList<HoconNode> this[HoconKey key] => _fields.TryGetValue(key, out var definitions) ? definitions : [];

    public void Add(HoconKey key, HoconNode definition)
    {
        if (_fields.TryGetValue(key, out var definitions))
            definitions.Add(definition);
        else
            _fields.Add(key, [definition]);
    }

    public void AddAll(ObjectNode other)
    {
        foreach (var (key, definitions) in other._fields)
        {
            foreach (var definition in definitions)
                Add(key, definition);
        }
    }
}

/// <summary>Values side by side: texts are joined, arrays appended, objects merged.</summary>
internal sealed class ConcatenationNode(HoconPosition position, IReadOnlyList<HoconNode> parts) : HoconNode(position)
{
    public IReadOnlyList<HoconNode> Parts { get; } = parts;
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="position">Where it stands.</param>
/// <param name="path">What it refers to.</param>
/// <param name="isOptional">True if nothing need be there.</param>
/// <param name="includedAt">Where in the including document this one stands: the path is tried below it first.</param>
internal sealed class SubstitutionNode(HoconPosition position, IReadOnlyList<HoconKey> path, bool isOptional, IReadOnlyList<HoconKey> includedAt)
    : HoconNode(position)
{
    public IReadOnlyList<HoconKey> Path { get; } = path;

    public bool IsOptional { get; } = isOptional;

    public IReadOnlyList<HoconKey> IncludedAt { get; } = includedAt;

    public string PathText => string.Join('.', Path.Select(key => key.Text));
}

/// <summary>What the same key held before: the left part of <c>+=</c>.</summary>
internal sealed class PreviousNode(HoconPosition position) : HoconNode(position);

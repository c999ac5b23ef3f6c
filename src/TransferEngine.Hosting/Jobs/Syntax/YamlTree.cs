using TransferEngine.Images;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TransferEngine.Hosting;

/// <summary>
/// Reads YAML into nodes that know their lines. Anchors, aliases and merge keys work; depth and size are bounded, also of
/// what aliases stand for, so that a small file can't grow large.
/// </summary>
internal sealed class YamlTree
{
    private const long MaxBytes = 16 * 1024 * 1024;
    private const int MaxDepth = 32;
    private const int MaxRepeated = 100_000;

    private readonly string _name;
    private readonly Parser _parser;
    private readonly Dictionary<string, ConfigNode> _anchors = [];
    private int _repeated;

    private YamlTree(string name, TextReader text)
    {
        _name = name;
        _parser = new Parser(text);
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>.</exception>
    public static MapNode ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
                throw JobFileErrors.Of(path, null, $"The file is larger than {MaxBytes / 1024 / 1024} MiB.");
            using var text = new StreamReader(path);
            return Read(text, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw JobFileErrors.Of(path, null, $"The file can't be read: {e.Message}", inner: e);
        }
    }

    /// <inheritdoc cref="ReadFile"/>
    public static MapNode Read(TextReader text, string name)
    {
        try
        {
            return new YamlTree(name, text).ReadDocument();
        }
        catch (YamlException e)
        {
            throw JobFileErrors.Of(name, (int)e.Start.Line, $"This is no YAML: {Printable.Of(e.Message)}", inner: e);
        }
    }

    private MapNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            throw JobFileErrors.Of(_name, null, "The file is empty.");
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
            throw JobFileErrors.Of(_name, LineOf(second), "A second document begins here; one file is one document.");
        return root as MapNode ?? throw JobFileErrors.Of(_name, root.Line, "The file does not begin with a key.");
    }

    private ConfigNode ReadNode(int depth)
    {
        if (depth > MaxDepth)
            throw JobFileErrors.Of(_name, LineOf(_parser.Current!), $"This is nested deeper than {MaxDepth} levels.");
        var (node, anchor) = ReadAny(depth);
        if (!anchor.IsEmpty)
            _anchors[anchor.Value] = node;
        return node;
    }

    private (ConfigNode Node, AnchorName Anchor) ReadAny(int depth)
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
            return (new ScalarNode(IsNull(scalar) ? null : scalar.Value, LineOf(scalar)), scalar.Anchor);
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var known))
                throw JobFileErrors.Of(_name, LineOf(alias), $"There is no anchor {Printable.Of(alias.Value.Value)} before this line.");
            CountRepeated(known, depth, LineOf(alias));
            return (known, AnchorName.Empty);
        }
        if (_parser.TryConsume<SequenceStart>(out var sequence))
            return (ReadList(sequence, depth), sequence.Anchor);
        var mapping = _parser.Consume<MappingStart>();
        return (ReadMap(mapping, depth), mapping.Anchor);
    }

    // An alias is a reference, but whoever reads the tree meets what it stands for each time.
    private void CountRepeated(ConfigNode node, int depth, int line)
    {
        if (depth > MaxDepth || ++_repeated > MaxRepeated)
            throw JobFileErrors.Of(_name, line, $"By aliases the file grows deeper than {MaxDepth} levels, or repeats more than {MaxRepeated} values.");
        var children = node switch
        {
            ListNode list => list.Items,
            MapNode map => map.Entries.Select(entry => entry.Value),
            _ => [],
        };
        foreach (var child in children)
            CountRepeated(child, depth + 1, line);
    }

    private ListNode ReadList(SequenceStart start, int depth)
    {
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new ListNode(items, LineOf(start));
    }

    private MapNode ReadMap(MappingStart start, int depth)
    {
        var entries = new List<MapEntry>();
        var merged = new List<MapEntry>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var line = LineOf(_parser.Current!);
            if (ReadNode(depth + 1) is not ScalarNode { Text: { } key })
                throw JobFileErrors.Of(_name, line, "A key must be a text.");
            var value = ReadNode(depth + 1);
            if (key == "<<")
                merged.AddRange(Merge(value, line));
            else if (keys.Add(key))
                entries.Add(new MapEntry(key, value, line));
            else
                throw JobFileErrors.Of(_name, line, $"The key {Printable.Of(key)} stands here twice.");
        }
        entries.AddRange(merged.Where(entry => keys.Add(entry.Key)));
        return new MapNode(entries, LineOf(start));
    }

    private IEnumerable<MapEntry> Merge(ConfigNode value, int line) => value switch
    {
        MapNode map => map.Entries,
        ListNode list => list.Items.SelectMany(item => (item as MapNode)?.Entries ?? []),
        _ => throw JobFileErrors.Of(_name, line, "Only keys with values can be merged."),
    };

    private static bool IsNull(Scalar scalar) => scalar is { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" };

    private static int LineOf(ParsingEvent @event) => (int)@event.Start.Line;
}

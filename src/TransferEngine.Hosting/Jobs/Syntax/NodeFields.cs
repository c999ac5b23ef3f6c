using System.Globalization;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Takes the keys of one map, each as what it must be. What is asked for counts as known; <see cref="RefuseOthers"/> ends the reading, so
/// that a misspelt key is never passed over in silence.
/// </summary>
internal sealed class NodeFields(string file, string what, MapNode map)
{
    private readonly List<string> _known = [];

    public int? Line => map.Line;

    public ConfigNode? Find(string key)
    {
        _known.Add(key);
        return map[key] is ScalarNode { Text: null } ? null : map[key];
    }

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        ScalarNode { Text: { } text } => text,
        var node => throw Wrong(key, node, "is one text"),
    };

    public bool? Flag(string key) => Text(key) switch
    {
        null => null,
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => throw Wrong(key, map[key]!, "is true or false"),
    };

    public int? Number(string key) => Text(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Wrong(key, map[key]!, "is a number from 0 on");

    /// <summary>A list of texts; a single text stands for a list of one, and an empty one for none.</summary>
    public IReadOnlyList<string>? Texts(string key) => Find(key) switch
    {
        null => null,
        ScalarNode { Text: "" } => [],
        ScalarNode { Text: { } text } => [text],
        ListNode list => [.. list.Items.Select(item => (item as ScalarNode)?.Text ?? throw Wrong(key, item, "is a list of texts"))],
        var node => throw Wrong(key, node, "is a list of texts"),
    };

    public MapNode? Map(string key) => Find(key) switch
    {
        null => null,
        MapNode nested => nested,
        var node => throw Wrong(key, node, "has keys of its own"),
    };

    public void RefuseOthers()
    {
        if (map.Entries.FirstOrDefault(entry => !_known.Contains(entry.Key)) is { } unknown)
            throw JobFileErrors.Of(file, unknown.Line, $"{Printable.Of(unknown.Key)} is no key of {what}; known: {string.Join(", ", _known)}.");
    }

    public TransferException Missing(string key) => JobFileErrors.Of(file, map.Line, $"The {key} of {what} is missing.");

    public TransferException Wrong(string key, ConfigNode node, string expected) => JobFileErrors.Of(file, node.Line, $"{key} {expected}.");
}

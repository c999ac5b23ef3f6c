namespace TransferEngine.Hosting;

/// <summary>A file of settings without its syntax: what YAML and HOCON have in common. Lines are counted from 1; HOCON's are not known.</summary>
internal abstract record ConfigNode(int? Line);

/// <summary>A text; null if nothing is given.</summary>
internal sealed record ScalarNode(string? Text, int? Line) : ConfigNode(Line);

/// <summary>A list.</summary>
internal sealed record ListNode(IReadOnlyList<ConfigNode> Items, int? Line) : ConfigNode(Line);

/// <summary>Keys with values, in the file's order; each key once.</summary>
internal sealed record MapNode(IReadOnlyList<MapEntry> Entries, int? Line) : ConfigNode(Line)
{
    public ConfigNode? this[string key] => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

/// <summary>One key of a <see cref="MapNode"/>.</summary>
internal sealed record MapEntry(string Key, ConfigNode Value, int? Line);

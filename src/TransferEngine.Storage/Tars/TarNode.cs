namespace TransferEngine.Storage.Tars;

/// <summary>
/// A folder, file or link of a tar. Small, as there are some ten for each image: most folders of a registry's tree hold one
/// entry, so a dictionary is made for the second.
/// </summary>
internal sealed class TarNode
{
    private string? _onlyName;
    private TarNode? _only;
    private Dictionary<string, TarNode>? _many;

    /// <summary>Where the file's bytes begin in the tar; negative for a folder or link.</summary>
    public long Offset { get; set; } = -1;

    public long Length { get; set; }

    /// <summary>What a symbolic link leads to, as written.</summary>
    public string? LinkTarget { get; set; }

    /// <summary>Why the member can't be read, though it is there.</summary>
    public string? Trouble { get; set; }

    public bool IsFile => Offset >= 0 || Trouble is not null;

    public bool IsFolder => !IsFile && LinkTarget is null;

    public TarNode? Find(string name) =>
        _many is not null ? _many.GetValueOrDefault(name) : name == _onlyName ? _only : null;

    public TarNode FindOrAdd(string name)
    {
        if (Find(name) is { } found)
            return found;
        var added = new TarNode();
        Set(name, added);
        return added;
    }

    public void Set(string name, TarNode node)
    {
        if (_many is not null)
            _many[name] = node;
        else if (_only is null || name == _onlyName)
            (_onlyName, _only) = (name, node);
        else
        {
            _many = new Dictionary<string, TarNode>(StringComparer.Ordinal) { [_onlyName!] = _only, [name] = node };
            (_onlyName, _only) = (null, null);
        }
    }

    public IEnumerable<KeyValuePair<string, TarNode>> Children =>
        _many ?? (_only is null ? [] : (IEnumerable<KeyValuePair<string, TarNode>>)[new(_onlyName!, _only)]);
}

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A folder, file or link of a tar. Small, as there are some ten for each image: most folders of a registry's tree hold one
/// entry, so a dictionary is made for the second; and no node has two of what <see cref="_extra"/> can be.
/// </summary>
internal sealed class TarNode
{
    private string? _onlyName;
    private TarNode? _only;
    private Dictionary<string, TarNode>? _many;
    private object? _extra;

    /// <summary>Where the file's bytes begin in the uncompressed tar; negative for a folder or link.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>The file's length, holes included.</summary>
    public long Length { get; set; }

    /// <summary>What a symbolic link leads to, as written.</summary>
    public string? LinkTarget
    {
        get => _extra as string;
        init => _extra = value;
    }

    /// <summary>Why the member can't be read, though it is there.</summary>
    public string? Trouble
    {
        get => (_extra as Reason)?.Text;
        init => _extra = new Reason(value!);
    }

    /// <summary>Where a sparse file's stored parts belong.</summary>
    public SparseMap? Sparse
    {
        get => _extra as SparseMap;
        init => _extra = value;
    }

    /// <summary>All its bytes, where they were kept.</summary>
    public byte[]? Content
    {
        get => _extra as byte[];
        init => _extra = value;
    }

    public bool IsFile => Offset >= 0 || Trouble is not null;

    public bool IsFolder => !IsFile && LinkTarget is null;

    public int ChildCount => _many?.Count ?? (_only is null ? 0 : 1);

    public IEnumerable<KeyValuePair<string, TarNode>> Children =>
        _many ?? (_only is null ? [] : (IEnumerable<KeyValuePair<string, TarNode>>)[new(_onlyName!, _only)]);

    public TarNode? Find(string name) =>
        _many is not null ? _many.GetValueOrDefault(name) : name == _onlyName ? _only : null;

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

    /// <summary>Becomes another name of a file.</summary>
    public void Become(TarNode file) => (Offset, Length, _extra) = (file.Offset, file.Length, file._extra);

    public void Spoil(string reason) => (Offset, Length, _extra) = (-1, 0, new Reason(reason));

    private sealed record Reason(string Text);
}

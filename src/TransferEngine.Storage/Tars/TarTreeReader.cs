using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A registry's tree inside a tar, read in place: paths are those of the members, contents are read by their offset.
/// Messages name a path as <c>FILE:member</c>.
/// </summary>
internal sealed class TarTreeReader : TreeReader, IDisposable
{
    // As Linux (path_resolution(7)): more links than this are taken for a loop.
    private const int MaxLinks = 40;

    private readonly TarContents _contents;
    private readonly string _path;
    private readonly TarIndex _index;

    /// <param name="contents">The archive's bytes, owned from now on.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="index">What lies where in it.</param>
    /// <param name="root">The member path of the tree's <c>v2</c> folder, with a leading slash.</param>
    public TarTreeReader(TarContents contents, string path, TarIndex index, string root)
        : base(root) => (_contents, _path, _index) = (contents, path, index);

    public override bool ReadsInPasses => _contents.ReadsInPasses;

    public override IReadOnlyList<string> Notes => _contents.Notes;

    public override string LocalPath => RealPath.Of(_path);

    public override string Enter(string folder, string name)
    {
        var path = $"{folder}/{name}";
        for (var links = 0; Node(path) is { LinkTarget: { } target }; links++)
        {
            if (links == MaxLinks)
                throw TreeErrors.Unreadable(Shown(path), new IOException("Symbolic links go round in a circle."));
            var real = Resolve(path[..path.LastIndexOf('/')], target);
            path = real is not null && IsWithin(real, Root) ? real : throw TreeErrors.OutsideRoot(Shown(path), target, Shown(Root));
        }
        return path;
    }

    public override TreeFile? FindFile(string folder, string name)
    {
        var path = Enter(folder, name);
        return Node(path) switch
        {
            null => null,
            { IsFolder: true } => throw TreeErrors.WrongKind(Shown(path), "folder", "file"),
            { Trouble: { } trouble } => throw TreeErrors.Unreadable(Shown(path), new IOException(trouble)),
            var file => new TreeFile(path, file.Length),
        };
    }

    public override List<TreeEntry>? List(string folder) => Node(folder) switch
    {
        null => null,
        { IsFolder: false } => throw TreeErrors.WrongKind(Shown(folder), "file", "folder"),
        var node => [.. node.Children.Select(child => new TreeEntry(child.Key, !child.Value.IsFile)).OrderBy(entry => entry.Name, StringComparer.Ordinal)],
    };

    public override Stream Open(TreeFile file, long offset) => OpenAsync(file, offset, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override async ValueTask<Stream> OpenAsync(TreeFile file, long offset, CancellationToken cancellationToken)
    {
        if (file.Length == 0)
            return Stream.Null;
        var node = Node(file.Path)!;
        if (node.Content is { } content)
            return new MemoryStream(content, writable: false) { Position = offset };
        if (node.Sparse is not { } map)
            return await _contents.OpenAsync(StretchOf(node, file), offset, cancellationToken);
        var sparse = new SparseStream(await _contents.OpenAsync(StretchOf(node, file), 0, cancellationToken), map);
        await sparse.SkipAsync(offset, cancellationToken);
        return sparse;
    }

    public override void Expect(TreeFile file)
    {
        if (file.Length > 0 && Node(file.Path) is { Content: null } node)
            _contents.Expect(StretchOf(node, file));
    }

    public void Dispose() => _contents.Dispose();

    private Stretch StretchOf(TarNode node, TreeFile file) => new(node.Offset, node.Sparse?.Stored ?? node.Length, Shown(file.Path));

    private string Shown(string path) => $"{_path}:{path.TrimStart('/')}";

    private TarNode? Node(string path) => _index.Find(path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Where a link leads, seen from its folder; null if out of the archive.</summary>
    private static string? Resolve(string folder, string target)
    {
        var parts = new List<string>(target.StartsWith('/') ? [] : folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is ".")
                continue;
            if (part is not "..")
                parts.Add(part);
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }
        return "/" + string.Join('/', parts);
    }
}

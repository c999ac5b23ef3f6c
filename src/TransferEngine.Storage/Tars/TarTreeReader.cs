using Microsoft.Win32.SafeHandles;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A registry's tree inside a plain tar, read in place: paths are those of the members, contents are read by their offset.
/// Messages name a path as <c>FILE:member</c>.
/// </summary>
internal sealed class TarTreeReader : TreeReader, IDisposable
{
    // As Linux (path_resolution(7)): more links than this are taken for a loop.
    private const int MaxLinks = 40;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly TarIndex _index;

    /// <param name="file">The archive, owned from now on.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="index">What lies where in it.</param>
    /// <param name="root">The member path of the tree's <c>v2</c> folder, with a leading slash.</param>
    public TarTreeReader(SafeFileHandle file, string path, TarIndex index, string root)
        : base(root) => (_file, _path, _index) = (file, path, index);

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

    public override Stream Open(TreeFile file, long offset) => file.Length == 0
        ? Stream.Null
        : new BlobStream(_file, Shown(file.Path), Node(file.Path)!.Offset, file.Length, ownsHandle: false) { Position = offset };

    public void Dispose() => _file.Dispose();

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

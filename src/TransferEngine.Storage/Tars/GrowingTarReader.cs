using Microsoft.Win32.SafeHandles;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>What is in an archive while it is written: its members by their names, read back by their offsets. May be used concurrently.</summary>
/// <param name="file">The archive; not owned.</param>
/// <param name="path">Its path, for messages.</param>
internal sealed class GrowingTarReader(SafeFileHandle file, string path) : TreeReader("/" + TreeFolder)
{
    /// <summary>Where the tree lies in an archive that we write.</summary>
    public const string TreeFolder = "docker/registry/v2";

    private readonly Lock _turn = new();
    private readonly TarNode _top = new();

    public override string LocalPath => path;

    /// <summary>Adds a member that is there whole, in place of one by the same name.</summary>
    public void Add(string name, long offset, long length)
    {
        if (TarIndex.Split(name) is not { Count: > 0 } names)
            return;
        lock (_turn)
        {
            var parent = _top;
            foreach (var folder in names[..^1])
                parent = FindOrAdd(parent, folder);
            parent.Set(names[^1], new TarNode { Offset = offset, Length = length });
        }
    }

    public override string Enter(string folder, string name) => $"{folder}/{name}";

    public override TreeFile? FindFile(string folder, string name)
    {
        var found = $"{folder}/{name}";
        lock (_turn)
            return Node(found) is { IsFile: true } node ? new TreeFile(found, node.Length) : null;
    }

    public override List<TreeEntry>? List(string folder)
    {
        lock (_turn)
            return Node(folder) is { IsFolder: true } node
                ? [.. node.Children.Select(child => new TreeEntry(child.Key, !child.Value.IsFile)).OrderBy(entry => entry.Name, StringComparer.Ordinal)] : null;
    }

    public override Stream Open(TreeFile member, long offset)
    {
        lock (_turn)
            return new BlobStream(file, $"{path}:{member.Path.TrimStart('/')}", Node(member.Path)!.Offset, member.Length, ownsHandle: false) { Position = offset };
    }

    private static TarNode FindOrAdd(TarNode folder, string name)
    {
        if (folder.Find(name) is { } found)
            return found;
        var added = new TarNode();
        folder.Set(name, added);
        return added;
    }

    private TarNode? Node(string found)
    {
        TarNode? node = _top;
        foreach (var name in found.Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = node?.Find(name);
        return node;
    }
}

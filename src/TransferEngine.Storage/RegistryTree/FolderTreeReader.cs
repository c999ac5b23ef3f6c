using System.Collections.Concurrent;
using System.IO.Enumeration;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// A tree in a folder. Each step of a path looks at that one entry (an lstat). The tree's owner is trusted not to swap folders
/// for links while we read; a tree received from somewhere is not trusted at all.
/// </summary>
/// <param name="root">Itself without links.</param>
/// <param name="remembersFolders">
/// True: a folder that was found to be no link is not looked at again. For the length of a run; a server would miss what its operator changes.
/// </param>
internal sealed class FolderTreeReader(string root, bool remembersFolders = false) : TreeReader(root)
{
    // The folders of some hundred images, in a megabyte or two; then it begins anew.
    private const int MaxRemembered = 4096;

    // A digest's own folder is seldom entered twice.
    private const int DigestLength = 64;

    private const FileAttributes Missing = (FileAttributes)(-1);

    private static readonly EnumerationOptions EveryEntry = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly ConcurrentDictionary<string, bool> _folders = new();
    private int _remembered;

    public override string LocalPath => Root;

    public override string Enter(string folder, string name)
    {
        var path = Path.Join(folder, name);
        var isKept = remembersFolders && name.Length < DigestLength;
        if (isKept && _folders.ContainsKey(path))
            return path;
        try
        {
            var attributes = new FileInfo(path).Attributes;
            if (IsLink(attributes))
                return Follow(path);
            if (isKept && attributes.HasFlag(FileAttributes.Directory))
                Remember(path);
            return path;
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e);
        }
    }

    public override TreeFile? FindFile(string folder, string name)
    {
        var path = Path.Join(folder, name);
        try
        {
            var info = new FileInfo(path);
            if (IsLink(info.Attributes))
                info = new FileInfo(path = Follow(path));
            if (info.Attributes == Missing)
                return null;
            if (info.Attributes.HasFlag(FileAttributes.Directory))
                throw TreeErrors.WrongKind(path, "folder", "file");
            return new TreeFile(path, info.Length);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e);
        }
    }

    public override List<TreeEntry>? List(string folder)
    {
        try
        {
            var attributes = new FileInfo(folder).Attributes;
            if (attributes == Missing)
                return null;
            if (!attributes.HasFlag(FileAttributes.Directory))
                throw TreeErrors.WrongKind(folder, "file", "folder");
            List<TreeEntry> entries = [.. new FileSystemEnumerable<TreeEntry>(folder, static (ref FileSystemEntry entry) =>
                new TreeEntry(entry.FileName.ToString(), entry.IsDirectory || IsLink(entry.Attributes)), EveryEntry)];
            entries.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(folder, e);
        }
    }

    public override Stream Open(TreeFile file, long offset)
    {
        if (file.Length == 0)
            return Stream.Null;
        try
        {
            var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new BlobStream(handle, file.Path, 0, RandomAccess.GetLength(handle), ownsHandle: true) { Position = offset };
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(file.Path, e);
        }
    }

    private void Remember(string folder)
    {
        if (Interlocked.Increment(ref _remembered) > MaxRemembered)
        {
            _folders.Clear();
            Interlocked.Exchange(ref _remembered, 0);
        }
        _folders.TryAdd(folder, true);
    }

    private static bool IsLink(FileAttributes attributes) => attributes != Missing && attributes.HasFlag(FileAttributes.ReparsePoint);

    private string Follow(string path)
    {
        var real = RealPath.Of(path);
        return IsWithin(real, Root) ? real : throw TreeErrors.OutsideRoot(path, real, Root);
    }
}

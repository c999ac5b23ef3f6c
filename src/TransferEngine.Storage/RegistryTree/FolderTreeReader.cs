using System.Collections.Concurrent;
using System.IO.Enumeration;
using TransferEngine.Storage.Files;

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
            var kind = FileEntry.At(path).Kind;
            if (kind == EntryKind.Link)
                return Follow(path);
            if (isKept && kind == EntryKind.Folder)
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
            var entry = FileEntry.At(path);
            if (entry.Kind == EntryKind.Link)
                entry = FileEntry.At(path = Follow(path));
            return entry.Kind switch
            {
                EntryKind.Missing => null,
                EntryKind.Folder => throw TreeErrors.WrongKind(path, "folder", "file"),
                _ => new TreeFile(path, entry.Length),
            };
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
            var kind = FileEntry.At(folder).Kind;
            if (kind == EntryKind.Missing)
                return null;
            if (kind == EntryKind.File || (kind == EntryKind.Link && !Directory.Exists(folder)))
                throw TreeErrors.WrongKind(folder, "file", "folder");
            List<TreeEntry> entries = [.. new FileSystemEnumerable<TreeEntry>(folder, static (ref FileSystemEntry entry) =>
                new TreeEntry(entry.FileName.ToString(), entry.IsDirectory || entry.Attributes.HasFlag(FileAttributes.ReparsePoint)), EveryEntry)];
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

    private string Follow(string path)
    {
        var real = RealPath.Of(path);
        return IsWithin(real, Root) ? real : throw TreeErrors.OutsideRoot(path, real, Root);
    }
}

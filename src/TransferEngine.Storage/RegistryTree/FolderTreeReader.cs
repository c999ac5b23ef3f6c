using System.IO.Enumeration;
using System.Text;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>An entry of a folder; a link counts as a folder until somebody enters it.</summary>
internal readonly record struct TreeEntry(string Name, bool IsFolder);

/// <summary>A regular file (or what a link to one resolved to), and its length.</summary>
internal readonly record struct TreeFile(string Path, long Length);

/// <summary>
/// All access to a tree's files. Paths are walked one name at a time from <see cref="Root"/>: each step looks at that one
/// entry (an lstat), so that a path handed out never leads through a link out of the root. The tree's owner is trusted not
/// to swap folders for links while we read; a tree received from somewhere is not trusted at all.
/// </summary>
internal sealed class TreeReader(string root)
{
    // The longest digest has 135 characters; whatever is longer than this is no link.
    private const int MaxLinkBytes = 512;

    private const FileAttributes Missing = (FileAttributes)(-1);

    private static readonly EnumerationOptions EveryEntry = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The folder that nothing may lead out of, itself without links.</summary>
    public string Root { get; } = root;

    /// <summary>The path of a folder's entry, followed if it is a link. It need not exist.</summary>
    public string Enter(string folder, string name)
    {
        var path = Path.Join(folder, name);
        try
        {
            return IsLink(new FileInfo(path).Attributes) ? Follow(path) : path;
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e);
        }
    }

    public string Enter(string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            folder = Enter(folder, name);
        return folder;
    }

    /// <summary>Finds a file by one stat; null if there is none.</summary>
    public TreeFile? FindFile(string folder, string name)
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

    /// <summary>The trimmed content of a link file, cut to what a digest can need.</summary>
    public static string ReadLink(TreeFile link) => Encoding.ASCII.GetString(ReadStart(link, MaxLinkBytes)).Trim();

    /// <summary>
    /// The first bytes of a file. A file of length 0 is not opened: it may be a pipe or a device, which would block.
    /// </summary>
    public static byte[] ReadStart(TreeFile file, int limit)
    {
        if (file.Length == 0)
            return [];
        var bytes = new byte[Math.Min(file.Length, limit)];
        try
        {
            using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var done = 0;
            for (int count; done < bytes.Length && (count = RandomAccess.Read(handle, bytes.AsSpan(done), done)) > 0;)
                done += count;
            return done == bytes.Length ? bytes : bytes[..done];
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(file.Path, e);
        }
    }

    /// <summary>A file's content from an offset. A file of length 0 is not opened, as in <see cref="ReadStart"/>.</summary>
    public static Stream Open(TreeFile file, long offset)
    {
        if (file.Length == 0)
            return new MemoryStream([], writable: false);
        try
        {
            return new BlobStream(File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), file.Path, offset);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(file.Path, e);
        }
    }

    /// <summary>A folder's entries in ordinal order; null if there is no such folder.</summary>
    public static List<TreeEntry>? List(string folder)
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

    public static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal)
        && (path.Length == folder.Length || path[folder.Length] == Path.DirectorySeparatorChar || Path.EndsInDirectorySeparator(folder));

    private static bool IsLink(FileAttributes attributes) => attributes != Missing && attributes.HasFlag(FileAttributes.ReparsePoint);

    private string Follow(string path)
    {
        var real = RealPath.Of(path);
        return IsWithin(real, Root) ? real : throw TreeErrors.OutsideRoot(path, real, Root);
    }
}

namespace TransferEngine.Storage.Files;

/// <summary>What lies at a path.</summary>
internal enum EntryKind
{
    Missing,
    File,
    Folder,
    Link,
}

/// <summary>What lies at a path, and of a file how long it is. A link is not followed.</summary>
internal readonly record struct FileEntry(EntryKind Kind, long Length)
{
    private const FileAttributes Missing = (FileAttributes)(-1);

    /// <summary>By one system call; a <see cref="FileInfo"/> costs some times as much, and a tree is looked at several times for each blob.</summary>
    /// <exception cref="IOException">It can't be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static FileEntry At(string path)
    {
        if (Native.EntryAt(path) is { } entry)
            return entry;
        // Of what went wrong, the framework makes an exception.
        var info = new FileInfo(path);
        return info.Attributes switch
        {
            Missing => default,
            var link when link.HasFlag(FileAttributes.ReparsePoint) => new FileEntry(EntryKind.Link, 0),
            var folder when folder.HasFlag(FileAttributes.Directory) => new FileEntry(EntryKind.Folder, 0),
            _ => new FileEntry(EntryKind.File, info.Length),
        };
    }
}

using System.Text;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>An entry of a folder; a link counts as a folder until somebody enters it.</summary>
internal readonly record struct TreeEntry(string Name, bool IsFolder);

/// <summary>A regular file (or what a link to one resolved to), and its length.</summary>
internal readonly record struct TreeFile(string Path, long Length);

/// <summary>
/// All access to a tree's files, whether they lie in a folder or in a tar. Paths are walked one name at a time from
/// <see cref="Root"/>, so that a path handed out never leads through a link out of the root.
/// </summary>
internal abstract class TreeReader(string root)
{
    // The longest digest has 135 characters; whatever is longer than this is no link.
    public const int MaxLinkBytes = 512;

    /// <summary>The folder that nothing may lead out of, itself without links.</summary>
    public string Root { get; } = root;

    /// <summary>The folder or file of this machine that holds it all, with no link in its path.</summary>
    public abstract string LocalPath { get; }

    /// <summary>The path of a folder's entry, followed if it is a link. It need not exist.</summary>
    public abstract string Enter(string folder, string name);

    public string Enter(string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            folder = Enter(folder, name);
        return folder;
    }

    /// <summary>Finds a file; null if there is none. Costs one stat.</summary>
    public abstract TreeFile? FindFile(string folder, string name);

    /// <summary>A folder's entries in ordinal order; null if there is no such folder.</summary>
    public abstract List<TreeEntry>? List(string folder);

    /// <summary>A file's content from an offset, seekable. A file of length 0 is not opened: it may be a pipe or a device, which would block.</summary>
    public abstract Stream Open(TreeFile file, long offset);

    /// <summary>As <see cref="Open"/>; a reader in passes waits until one comes to the file, and its stream only goes forwards.</summary>
    public virtual ValueTask<Stream> OpenAsync(TreeFile file, long offset, CancellationToken cancellationToken) => ValueTask.FromResult(Open(file, offset));

    /// <summary>Whether it helps to be told by <see cref="Expect"/> what will be opened.</summary>
    public virtual bool ReadsInPasses => false;

    /// <summary>This file will be opened soon.</summary>
    public virtual void Expect(TreeFile file)
    {
    }

    /// <summary>What the user should know of how the tree was read.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>The trimmed content of a link file, cut to what a digest can need.</summary>
    public string ReadLink(TreeFile link) => Encoding.ASCII.GetString(ReadStart(link, MaxLinkBytes)).Trim();

    /// <summary>The first bytes of a file.</summary>
    public byte[] ReadStart(TreeFile file, int limit)
    {
        var bytes = new byte[Math.Min(file.Length, limit)];
        using var content = Open(file, 0);
        var done = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return done == bytes.Length ? bytes : bytes[..done];
    }

    public static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal)
        && (path.Length == folder.Length || path[folder.Length] == Path.DirectorySeparatorChar || Path.EndsInDirectorySeparator(folder));
}

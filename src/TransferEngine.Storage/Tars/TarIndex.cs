using System.Formats.Tar;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// What lies where in a plain tar, read in one pass that seeks over the contents. Understands what the framework's reader does:
/// v7, ustar, PAX and GNU headers with their long names; hard links are resolved to the file they name, wherever it stands.
/// A member's name decides its place; names that climb out of the archive are left out.
/// </summary>
internal sealed class TarIndex
{
    private const int MaxDepth = 64;

    private readonly List<(TarNode Node, string Target)> _hardLinks = [];

    // A blob's digest names some three folders: one string serves them all.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly long _length;
    private readonly int _maxMembers;

    private TarIndex(long length, int maxMembers) => (_length, _maxMembers) = (length, maxMembers);

    public TarNode Top { get; } = new();

    public int Members { get; private set; }

    /// <summary>Why the archive's end could not be read; null if it is whole.</summary>
    public string? Damage { get; private set; }

    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: not a tar at all, or too many members.</exception>
    public static TarIndex Read(Stream file, string path, int maxMembers)
    {
        var index = new TarIndex(file.Length, maxMembers);
        try
        {
            using var reader = new TarReader(file, leaveOpen: true);
            while (reader.GetNextEntry(copyData: false) is { } entry)
                index.Add(entry, path);
        }
        // The framework's reader tells damage in these ways; the last one for a long name that claims to be endless.
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or InvalidOperationException or NotSupportedException or ArgumentException or OverflowException)
        {
            if (index.Members == 0)
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "This is no plain tar archive.")
                {
                    Scope = ErrorScope.Endpoint,
                    Path = path,
                    Hint = "If it is compressed, unpack the compression first (gunzip, zstd -d).",
                }, e);
            index.Damage = $"The archive is damaged or cut short after {index.Members} members.";
        }
        index.ResolveHardLinks();
        index._names.Clear();
        return index;
    }

    /// <summary>The node of a path of names; null if there is none.</summary>
    public TarNode? Find(IEnumerable<string> names)
    {
        var node = Top;
        foreach (var name in names)
            if ((node = node?.Find(name)) is null)
                return null;
        return node;
    }

    /// <summary>A member's name as a path inside the archive; null if it leads out of it.</summary>
    public static List<string>? Split(string name)
    {
        var parts = new List<string>();
        foreach (var part in name.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part is "..")
                return null;
            parts.Add(part);
        }
        return parts.Count <= MaxDepth ? parts : null;
    }

    private void Add(TarEntry entry, string path)
    {
        if (++Members > _maxMembers)
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"The archive has more than {_maxMembers} members.") { Scope = ErrorScope.Endpoint, Path = path });
        if (Split(entry.Name) is not { Count: > 0 } names)
            return;
        var parent = Top;
        foreach (var name in names[..^1])
            parent = parent.FindOrAdd(Shared(name));
        // A later member takes the place of an earlier one of its name, as unpacking would have it; folders keep what is in them.
        var leaf = Shared(names[^1]);
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.DirectoryList)
            parent.FindOrAdd(leaf);
        else if (NodeOf(entry) is { } node)
            parent.Set(leaf, node);
    }

    private string Shared(string name)
    {
        if (_names.TryGetValue(name, out var known))
            return known;
        _names.Add(name);
        return name;
    }

    private TarNode? NodeOf(TarEntry entry)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                return entry.DataOffset + entry.Length > _length
                    ? new TarNode { Trouble = "The archive ends before the file does." }
                    : new TarNode { Offset = Math.Max(entry.DataOffset, 0), Length = entry.Length };
            case TarEntryType.SparseFile:
                return new TarNode { Trouble = "The file is stored as a sparse member, which can't be read in place." };
            case TarEntryType.SymbolicLink:
                return new TarNode { LinkTarget = entry.LinkName };
            case TarEntryType.HardLink:
                var link = new TarNode { Trouble = "The hard link names no file of the archive." };
                _hardLinks.Add((link, entry.LinkName));
                return link;
            default:
                return null;
        }
    }

    private void ResolveHardLinks()
    {
        // Links may name links that come later: as many rounds as make progress.
        for (var open = _hardLinks; open.Count > 0;)
        {
            var left = open.Where(link => !Resolve(link.Node, link.Target)).ToList();
            if (left.Count == open.Count)
                return;
            open = left;
        }
    }

    private bool Resolve(TarNode link, string target)
    {
        if (Split(target) is not { } names || Find(names) is not { Offset: >= 0 } file)
            return false;
        (link.Offset, link.Length, link.Trouble) = (file.Offset, file.Length, null);
        return true;
    }
}

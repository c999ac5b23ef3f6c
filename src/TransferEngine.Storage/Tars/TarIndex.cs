using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// What lies where in a tar, read in one pass. Hard links are resolved to the file they name, wherever it stands. A member's name decides
/// its place; names that climb out of the archive, or that no file system would take, are left out.
/// </summary>
internal sealed class TarIndex
{
    private const int MaxDepth = 64;

    // What a file system takes (NAME_MAX); the longest name that a registry writes, a sha512 digest, has half of it.
    private const int MaxName = 255;

    // About what a node and a string beside its letters take on a 64-bit machine, with their places in the tables that find them.
    private const int NodeBytes = 112;
    private const int StringBytes = 56;

    // A compressed archive holds more than its bytes say. Of the most alike images, packed by the best compressor, an index takes some 20
    // bytes for each of them; whatever takes more was made to.
    private const long AlwaysTaken = 64L * 1024 * 1024;
    private const int BytesPerByte = 32;

    /// <summary>Why a file can't be read that the archive holds only in part.</summary>
    public const string CutShort = "The archive ends before the file does.";

    private readonly Dictionary<TarNode, string> _hardLinks = [];

    // A blob's digest names some three folders: one string serves them all.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly int _maxMembers;
    private readonly long _maxBytes;
    private long _bytes;
    private (TarNode Node, long End)? _last;

    /// <param name="archive">What it is the index of.</param>
    /// <param name="options">How much is taken.</param>
    public TarIndex(TarIdentity archive, RegistryTreeOptions options) =>
        (_path, _maxMembers, _maxBytes) = (archive.Path, options.TarMembers, Math.Min(options.TarIndexBytes, AlwaysTaken + (BytesPerByte * archive.Length)));

    public TarNode Top { get; } = new();

    public int Members { get; set; }

    /// <summary>Why part of the archive could not be read; null if it is whole.</summary>
    public string? Damage { get; set; }

    /// <param name="input">The archive, uncompressed.</param>
    /// <param name="archive">The file that it is.</param>
    /// <param name="options">How much is taken.</param>
    /// <param name="keep">What is kept of the contents; null if they can be read at any time.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: not a tar at all, or too much in it.</exception>
    public static TarIndex Read(TarInput input, TarIdentity archive, RegistryTreeOptions options, KeptContents? keep = null)
    {
        var index = new TarIndex(archive, options);
        var members = new TarMembers(input);
        while (members.Next() is { } member)
            index.Add(member, keep, input);
        index.CheckLast(input);
        if (members is { Count: 0, Damage: { } none })
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"This is no tar archive, or its very beginning is damaged. {none}")
            {
                Scope = ErrorScope.Endpoint,
                Path = archive.Path,
            });
        index.Damage = members.Damage is { } damage ? "The archive is damaged. " + damage : null;
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

    /// <summary>Counts what something takes in memory.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: more than is allowed.</exception>
    public void Count(long bytes)
    {
        if ((_bytes += bytes) > _maxBytes)
            throw TooMuch($"The index of the archive takes more than {_maxBytes / (1024 * 1024)} MB of memory.");
    }

    /// <summary>A new entry of a folder, counted.</summary>
    public void Set(TarNode folder, string name, TarNode node)
    {
        Count(NodeBytes + (node.Content?.Length ?? 0) + (24L * node.Sparse?.Count ?? 0) + (2L * node.LinkTarget?.Length ?? 0));
        folder.Set(name, node);
    }

    private void Add(TarMember member, KeptContents? keep, TarInput input)
    {
        if (++Members > _maxMembers)
            throw TooMuch($"The archive has more than {_maxMembers} members.");
        if (Split(member.Name) is not { Count: > 0 } names)
            return;
        var parent = Top;
        foreach (var name in names[..^1])
            parent = FindOrAdd(parent, Shared(name));
        // A later member takes the place of an earlier one of its name, as unpacking would have it; folders keep what is in them.
        var leaf = Shared(names[^1]);
        if (member.Kind == TarMemberKind.Folder)
            FindOrAdd(parent, leaf);
        else if (NodeOf(member, keep, input) is { } node)
        {
            Set(parent, leaf, node);
            _last = node.Offset >= 0 ? (node, member.Offset + member.Stored) : null;
        }
    }

    /// <summary>Where the end is not known beforehand, it turns out behind the last member whether that was whole.</summary>
    private void CheckLast(TarInput input)
    {
        if (_last is { } last && !input.IsSeekable && last.End > input.Position)
            last.Node.Spoil(CutShort);
    }

    private TarNode FindOrAdd(TarNode folder, string name)
    {
        if (folder.Find(name) is { } found)
            return found;
        var added = new TarNode();
        Set(folder, name, added);
        return added;
    }

    private string Shared(string name)
    {
        if (_names.TryGetValue(name, out var known))
            return known;
        Count(StringBytes + (2 * name.Length));
        _names.Add(name);
        return name;
    }

    private TarNode? NodeOf(TarMember member, KeptContents? keep, TarInput input)
    {
        switch (member.Kind)
        {
            case TarMemberKind.File when member.Trouble is { } trouble:
                return new TarNode { Trouble = trouble };
            case TarMemberKind.File:
                return Keep(member, keep, input) is { } content ? new TarNode { Offset = member.Offset, Length = member.Length, Content = content }
                    : new TarNode { Offset = member.Offset, Length = member.Length, Sparse = member.Sparse };
            case TarMemberKind.SymbolicLink:
                return new TarNode { LinkTarget = member.LinkName };
            case TarMemberKind.HardLink:
                var link = new TarNode { Trouble = "The hard link names no file of the archive." };
                Count(StringBytes + (2 * member.LinkName.Length));
                _hardLinks.Add(link, member.LinkName);
                return link;
            default:
                return null;
        }
    }

    /// <summary>Damage in the content shows again when the next header is looked for, and is told there.</summary>
    private static byte[]? Keep(TarMember member, KeptContents? keep, TarInput input)
    {
        try
        {
            return keep?.Read(member, input);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Each link is followed once, along with those that it leads over; links that go round in a circle lead nowhere.</summary>
    private void ResolveHardLinks()
    {
        var chain = new Stack<TarNode>();
        foreach (var first in _hardLinks.Keys.ToList())
        {
            var node = first;
            while (node is not null && _hardLinks.Remove(node, out var target))
            {
                chain.Push(node);
                node = Split(target) is { } names ? Find(names) : null;
            }
            while (chain.TryPop(out var link))
                if (node is { Offset: >= 0 })
                    link.Become(node);
        }
    }

    /// <summary>A member's name as a path inside the archive; null if it leads out of it.</summary>
    internal static List<string>? Split(string name)
    {
        var parts = new List<string>();
        foreach (var part in name.Split('/', MaxDepth * 4))
        {
            if (part is "" or ".")
                continue;
            if (part is ".." || part.Length > MaxName || part.Contains('\0', StringComparison.Ordinal))
                return null;
            parts.Add(part);
        }
        return parts.Count <= MaxDepth ? parts : null;
    }

    private TransferException TooMuch(string message) => new(new TransferError(ErrorCode.SourceUnreadable, message)
    {
        Scope = ErrorScope.Endpoint,
        Path = _path,
        Hint = "Unpack it, and give the folder as the source.",
    });
}

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

    // About what a node, and a string beside its letters, take on a 64-bit machine.
    private const int NodeBytes = 72;
    private const int StringBytes = 24;

    /// <summary>Why a file can't be read that the archive holds only in part.</summary>
    public const string CutShort = "The archive ends before the file does.";

    private readonly List<(TarNode Node, string Target)> _hardLinks = [];

    // A blob's digest names some three folders: one string serves them all.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly RegistryTreeOptions _options;
    private long _bytes;
    private (TarNode Node, long End)? _last;

    /// <param name="path">The archive's, for messages.</param>
    /// <param name="options">How much is taken.</param>
    public TarIndex(string path, RegistryTreeOptions options) => (_path, _options) = (path, options);

    public TarNode Top { get; } = new();

    public int Members { get; set; }

    /// <summary>Why part of the archive could not be read; null if it is whole.</summary>
    public string? Damage { get; set; }

    /// <param name="input">The archive, uncompressed.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="options">How much is taken.</param>
    /// <param name="keep">What is kept of the contents; null if they can be read at any time.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: not a tar at all, or too much in it.</exception>
    public static TarIndex Read(TarInput input, string path, RegistryTreeOptions options, KeptContents? keep = null)
    {
        var index = new TarIndex(path, options);
        var members = new TarMembers(input);
        while (members.Next() is { } member)
            index.Add(member, keep, input);
        index.CheckLast(input);
        if (members is { Count: 0, Damage: not null })
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "This is no tar archive, or its very beginning is damaged.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
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
        if ((_bytes += bytes) > _options.TarIndexBytes)
            throw TooMuch($"The index of the archive takes more than {_options.TarIndexBytes / (1024 * 1024)} MB of memory.");
    }

    /// <summary>A new entry of a folder, counted.</summary>
    public void Set(TarNode folder, string name, TarNode node)
    {
        Count(NodeBytes + (node.Content?.Length ?? 0) + (24L * node.Sparse?.Count ?? 0) + (2L * node.LinkTarget?.Length ?? 0));
        folder.Set(name, node);
    }

    private void Add(TarMember member, KeptContents? keep, TarInput input)
    {
        if (++Members > _options.TarMembers)
            throw TooMuch($"The archive has more than {_options.TarMembers} members.");
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
                _hardLinks.Add((link, member.LinkName));
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

    private void ResolveHardLinks()
    {
        // Links may name links that come later: as many rounds as make progress, and no more than a chain of links is ever long.
        var open = _hardLinks;
        for (var round = 0; open.Count > 0 && round < MaxDepth; round++)
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
        link.Become(file);
        return true;
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

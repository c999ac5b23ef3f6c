using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>A tree found: its <c>docker/registry/v2</c> folder, and the folder above that users know it by.</summary>
internal readonly record struct LocatedTree(string Root, string V2);

/// <summary>Finds the tree that a path means: there, above, or a few folders below.</summary>
internal sealed class TreeLocator(string start, RegistryTreeOptions options)
{
    private static readonly string Layout = Path.Join("docker", "registry", "v2");

    private readonly List<string> _unreadable = [];
    private int _looked;

    /// <exception cref="TransferException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>, for the endpoint.</exception>
    public static LocatedTree Find(string path, RegistryTreeOptions options)
    {
        var start = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return new TreeLocator(start, options).Find();
    }

    /// <summary>The <c>v2</c> folder of a tree at or above the path; null if there is none.</summary>
    public static string? FindHere(string path)
    {
        var locator = new TreeLocator(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), new RegistryTreeOptions());
        return (locator.FindAt() ?? locator.FindAbove())?.V2;
    }

    private LocatedTree Find()
    {
        if (!Path.Exists(start))
            throw NotFound("There is no such folder.");
        if ((FindAt() ?? FindAbove()) is { } near)
            return near;
        if (File.Exists(start))
            throw NotFound("This is a file, not a folder.");
        var found = FindBelow();
        return found.Count switch
        {
            1 => Located(found[0]),
            0 when _unreadable.Contains(start) => throw new TransferException(TreeErrors.Unreadable(start, new UnauthorizedAccessException()).At(ErrorScope.Endpoint).Error),
            0 => throw NotFound(NothingFound()),
            _ => throw NotFound($"There are several registry storage trees below: {string.Join(", ", found.Take(5).Select(v2 => Located(v2).Root))}.", "Name one of them."),
        };
    }

    /// <summary>The path is a registry's root, or a folder between that and <c>v2</c>, or a copy of <c>v2</c> by another name.</summary>
    private LocatedTree? FindAt()
    {
        foreach (var v2 in new[] { Path.Join(start, Layout), Path.Join(start, "registry", "v2"), Path.Join(start, "v2"), start })
            if (IsTree(v2))
                return Located(v2);
        return null;
    }

    private LocatedTree? FindAbove()
    {
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            if (EndsInLayout(folder) && IsTree(folder))
                return Located(folder);
        return null;
    }

    private List<string> FindBelow()
    {
        var found = new List<string>();
        var waiting = new Queue<(string Folder, int Depth)>([(start, 0)]);
        for (; _looked < options.ProbeFolders && waiting.TryDequeue(out var next); _looked++)
        {
            var v2 = Path.Join(next.Folder, Layout);
            if (IsTree(v2))
                found.Add(v2);
            else if (next.Depth < options.ProbeDepth)
                foreach (var child in ChildrenOf(next.Folder))
                    waiting.Enqueue((child, next.Depth + 1));
        }
        return found;
    }

    /// <summary>The folders to search next; links are not followed.</summary>
    private List<string> ChildrenOf(string folder)
    {
        try
        {
            var plain = new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };
            return [.. Directory.EnumerateDirectories(folder, "*", plain).Where(child => !Litter.Is(Path.GetFileName(child.AsSpan()))).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            _unreadable.Add(folder);
            return [];
        }
    }

    private string NothingFound()
    {
        var text = $"No registry storage tree found: looked for {Layout} with repositories or blobs in it, at this folder, above it, and in {_looked} folders up to {options.ProbeDepth} levels below.";
        return _unreadable.Count == 0 ? text : $"{text} {_unreadable.Count} of them can't be read, {_unreadable[0]} for one.";
    }

    private TransferException NotFound(string message, string hint = "Give the folder that the registry's configuration calls rootdirectory.") =>
        new(new TransferError(ErrorCode.SourceNotFound, message) { Scope = ErrorScope.Endpoint, Path = start, Hint = hint });

    /// <summary>By its full name, one of the two folders is proof enough: an old registry may have lost the other.</summary>
    private static bool IsTree(string v2)
    {
        var repositories = Directory.Exists(Path.Join(v2, "repositories"));
        var blobs = Directory.Exists(Path.Join(v2, "blobs"));
        return EndsInLayout(v2) ? repositories || blobs : repositories && blobs;
    }

    private static bool EndsInLayout(string folder) => folder.EndsWith(Path.DirectorySeparatorChar + Layout, StringComparison.Ordinal);

    private static LocatedTree Located(string v2)
    {
        if (!EndsInLayout(v2))
            return new LocatedTree(v2, v2);
        var root = v2[..^(Layout.Length + 1)];
        return new LocatedTree(root.Length == 0 ? Path.GetPathRoot(v2)! : root, v2);
    }
}

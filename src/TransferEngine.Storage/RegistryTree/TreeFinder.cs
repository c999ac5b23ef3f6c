using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>
/// Finds the folder <c>docker/registry/v2</c> at, above or below a path: users name the registry's root folder, a folder
/// above it, or something inside, and old object stores put the tree at odd depths.
/// </summary>
internal static class TreeFinder
{
    private const int MaxDepth = 4;
    private const int MaxFolders = 20_000;
    private const string Wanted = "docker/registry/v2";

    /// <returns>The real path of the <c>v2</c> folder.</returns>
    public static string Find(string path)
    {
        var start = Path.GetFullPath(path);
        if (!Directory.Exists(start))
            throw NotFound(path, File.Exists(start) ? "it is a file, not a folder" : "there is no such folder");
        var found = AtOrAbove(start) ?? Below(start);
        RefuseDatabase(found);
        return TreeFiles.RealPath(found);
    }

    private static string? AtOrAbove(string start)
    {
        foreach (var below in new[] { Wanted, "registry/v2", "v2" })
        {
            if (IsTree(Path.Combine(start, below)) && Path.Combine(start, below).EndsWith(Wanted, StringComparison.Ordinal))
                return Path.Combine(start, below);
        }
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (folder.EndsWith("/" + Wanted, StringComparison.Ordinal) && IsTree(folder))
                return folder;
        }
        return null;
    }

    private static string Below(string start)
    {
        var found = new List<string>();
        var queue = new Queue<(string Path, int Depth)>([(start, 0)]);
        var seen = 0;
        while (queue.TryDequeue(out var folder) && seen++ < MaxFolders)
        {
            if (IsTree(Path.Combine(folder.Path, Wanted)))
                found.Add(Path.Combine(folder.Path, Wanted));
            else if (folder.Depth < MaxDepth)
                Enqueue(queue, folder.Path, folder.Depth + 1);
        }
        return found.Count switch
        {
            1 => found[0],
            0 => throw NotFound(start, $"neither it, nor a folder above it, nor one up to {MaxDepth} levels below it holds {Wanted}/repositories"),
            _ => throw NotFound(start, $"it holds several trees; give one of them: {string.Join(", ", found.Take(5))}"),
        };
    }

    private static void Enqueue(Queue<(string, int)> queue, string folder, int depth)
    {
        try
        {
            // Links are not followed: what is searched stays below what the user named.
            foreach (var child in new DirectoryInfo(folder).EnumerateDirectories().Where(child => child.LinkTarget is null))
                queue.Enqueue((child.FullName, depth));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // A neighbour that can't be read is no reason not to find the tree beside it.
        }
    }

    private static bool IsTree(string folder) => Directory.Exists(Path.Combine(folder, "repositories"));

    // GitLab's registry keeps tags and links in PostgreSQL once this file is there: the tree's own are out of date.
    private static void RefuseDatabase(string tree)
    {
        var mark = Path.Combine(Path.GetDirectoryName(tree)!, "lockfiles", "database-in-use");
        if (File.Exists(mark))
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound,
                "GitLab's registry keeps the tags of this tree in its database, so the tree alone does not say what images there are.")
            { Scope = ErrorScope.Endpoint, Path = mark, Hint = "Migrate through the registry's API instead." });
    }

    private static TransferException NotFound(string path, string why) =>
        new(new TransferError(ErrorCode.SourceNotFound, $"No registry's storage tree at {Printable.Of(path)}: {why}.")
        { Scope = ErrorScope.Endpoint, Path = path, Hint = $"Give the folder that the registry's rootdirectory names (it holds {Wanted})." });
}

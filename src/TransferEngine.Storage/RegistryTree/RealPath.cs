namespace TransferEngine.Storage.RegistryTree;

/// <summary>What <c>realpath(3)</c> does and the framework does not: follows the links of every component.</summary>
internal static class RealPath
{
    // As Linux (path_resolution(7)): more links than this are taken for a loop.
    private const int MaxLinks = 40;

    /// <summary>The path without links. What does not exist is kept as written.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string Of(string path)
    {
        path = Path.GetFullPath(path);
        var top = Path.GetPathRoot(path)!;
        var pending = new Stack<string>();
        Push(pending, path[top.Length..]);
        var real = top;
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part is "..")
            {
                real = Path.GetDirectoryName(real) ?? top;
                continue;
            }
            var next = Path.Join(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks)
                throw new IOException("Symbolic links go round in a circle.");
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(target)!;
            Push(pending, target[(Path.GetPathRoot(target)?.Length ?? 0)..]);
        }
        return real;
    }

    private static void Push(Stack<string> pending, string relative)
    {
        var parts = relative.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        for (var i = parts.Length - 1; i >= 0; i--)
            if (parts[i] is not ("" or "."))
                pending.Push(parts[i]);
    }
}

using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>Finds a registry's tree in an archive, below whatever prefix it was packed with (<c>./</c>, <c>var/lib/registry/</c>).</summary>
internal static class TarLocator
{
    private static readonly string[] Layout = ["docker", "registry", "v2"];

    /// <summary>The member path of the <c>v2</c> folder, with a leading slash.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceNotFound"/>: none, or several.</exception>
    public static string Find(TarIndex index, string path)
    {
        var found = Trees(index.Top, []).Take(5).ToList();
        return found.Count == 1 ? found[0] : throw new TransferException(new TransferError(ErrorCode.SourceNotFound, found.Count == 0
            ? $"No registry storage tree found in the archive's {index.Members} members: looked for {string.Join('/', Layout)}, or a folder that holds both repositories and blobs."
            : $"There are several registry storage trees in the archive: {string.Join(", ", found)}.")
        {
            Scope = ErrorScope.Endpoint,
            Path = path,
            Hint = OtherForm(index.Top) is { } form ? $"It looks like another kind of archive: write {form}:FILE." : "Pack the folder that the registry's configuration calls rootdirectory: tar -C ROOTDIRECTORY -cf FILE docker.",
        });
    }

    /// <summary>The scheme of the archives that skopeo and docker write.</summary>
    private static string? OtherForm(TarNode top) =>
        top.Find("oci-layout") is { IsFile: true } ? "oci-archive" : top.Find("manifest.json") is { IsFile: true } ? "docker-archive" : null;

    private static IEnumerable<string> Trees(TarNode folder, List<string> path)
    {
        if (IsTree(folder, path))
        {
            yield return "/" + string.Join('/', path);
            yield break;
        }
        foreach (var (name, child) in folder.Children)
            if (child.IsFolder && !Litter.Is(name))
                foreach (var tree in Trees(child, [.. path, name]))
                    yield return tree;
    }

    /// <summary>By its full name, one of the two folders is proof enough: an old registry may have lost the other.</summary>
    private static bool IsTree(TarNode folder, List<string> path)
    {
        var repositories = folder.Find("repositories") is { IsFile: false };
        var blobs = folder.Find("blobs") is { IsFile: false };
        return path.TakeLast(Layout.Length).SequenceEqual(Layout) ? repositories || blobs : repositories && blobs;
    }
}

using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>
/// Finds repositories by their <c>_manifests</c> folder, nested ones too (<c>a/b</c> and <c>a/b/c</c>), depth first in ordinal
/// order. Holds the folder names of the current path only. Folders that begin with <c>_</c> hold no repositories: no name
/// component may.
/// </summary>
internal sealed class RepositoryWalker(TreeFiles files, TreeLayout layout)
{
    private readonly List<string> _ancestors = [];

    public IEnumerable<SourceRepository> Walk() => Walk(layout.Repositories, "");

    private IEnumerable<SourceRepository> Walk(string path, string name)
    {
        var (folders, error) = List(path, name);
        if (error is not null)
            yield return error;
        if (folders.Contains("_manifests"))
            yield return Found(path, name);
        _ancestors.Add(TreeFiles.RealPath(path));
        foreach (var folder in folders.Where(folder => folder[0] != '_'))
        {
            foreach (var repository in Walk(Path.Combine(path, folder), name.Length == 0 ? folder : $"{name}/{folder}"))
                yield return repository;
        }
        _ancestors.RemoveAt(_ancestors.Count - 1);
    }

    private (IReadOnlyList<string> Folders, SourceRepository? Error) List(string path, string name)
    {
        try
        {
            if (name.Length > RepositoryName.MaxLength)
                return ([], Failed(name, ErrorCode.RepositoryNameInvalid, $"The folder lies deeper than a repository's name may be long ({RepositoryName.MaxLength}).", path));
            if (new DirectoryInfo(path).LinkTarget is not null && CheckLink(path, name) is { } refused)
                return ([], refused);
            return (TreeFiles.ListFolders(path), null);
        }
        catch (TransferException e)
        {
            return ([], new SourceRepository(name, RepositoryName.TryParse(name, out var valid) ? valid : null, e.Error));
        }
    }

    private SourceRepository? CheckLink(string path, string name)
    {
        var real = TreeFiles.RealPath(path);
        if (!files.IsInside(real))
            return Failed(name, ErrorCode.SourceOutsideRoot, "A symbolic link leads out of the tree; it is not followed.", path);
        return _ancestors.Contains(real)
            ? Failed(name, ErrorCode.SourceUnreadable, "A symbolic link leads back to a folder above it; it is not followed.", path)
            : null;
    }

    private static SourceRepository Found(string path, string name) => RepositoryName.TryParse(name, out var repository)
        ? new SourceRepository(name, repository)
        : Failed(name, ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is not a valid repository name, so no registry would take it.", path);

    private static SourceRepository Failed(string name, string code, string message, string path) =>
        new(name, RepositoryName.TryParse(name, out var repository) ? repository : null, new TransferError(code, message) { Path = path });
}

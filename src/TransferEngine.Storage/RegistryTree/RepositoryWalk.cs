using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Finds repositories depth first by their <c>_manifests</c> folder, as the registry's own catalog does. Holds the entries of
/// the folders from the top to where it stands, and nothing else. A repository may hold others (<c>a/b</c> and <c>a/b/c</c>).
/// </summary>
internal sealed class RepositoryWalk(TreeReader reader, LeftAlone? leftAlone = null)
{
    public const string RepositoriesFolder = "repositories";
    public const string ManifestsFolder = "_manifests";

    private readonly Stack<Level> _open = new();
    private readonly LeftAlone _nobodyAsks = new();

    /// <exception cref="TransferException">The topmost folder can't be read, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public IEnumerable<SourceRepository> Run()
    {
        _open.Push(OpenTop());
        while (_open.TryPeek(out var level))
        {
            if (level.Next == level.Entries.Count)
            {
                _open.Pop();
                continue;
            }
            var entry = level.Entries[level.Next++];
            // Other underscored folders (_layers, _uploads) hold no repositories: a name can't start so.
            if (entry.IsFolder && !entry.Name.StartsWith('_') && !IsLitter(level, entry.Name) && Visit(level, entry.Name) is { } repository)
                yield return repository;
        }
    }

    // Not even looked into: a file system's own folders can't be read, and snapshots hold all repositories once more.
    private bool IsLitter(Level level, string name) => (leftAlone ?? _nobodyAsks).Is(level.Path, name, () => RepositoryName.TryParse(name, out _));

    private Level OpenTop()
    {
        try
        {
            var top = reader.Enter(reader.Root, RepositoriesFolder);
            return new Level("", top, reader.List(top) ?? []);
        }
        catch (TransferException e)
        {
            throw e.At(ErrorScope.Endpoint);
        }
    }

    /// <summary>Opens the folder for the walk; returns it if it is a repository or can't be read.</summary>
    private SourceRepository? Visit(Level parent, string folder)
    {
        var name = parent.Name.Length == 0 ? folder : $"{parent.Name}/{folder}";
        RepositoryName? repository = RepositoryName.TryParse(name, out var valid) ? valid : null;
        try
        {
            var path = reader.Enter(parent.Path, folder);
            if (name.Length > RepositoryName.MaxLength)
                return new SourceRepository(name, null, InvalidName(name, path));
            if (LeadsBack(path))
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The symbolic link leads back to a folder above it.") { Path = Path.Join(parent.Path, folder) });
            // Null: deleted since its parent was read.
            if (reader.List(path) is not { } entries)
                return null;
            _open.Push(new Level(name, path, entries));
            if (!entries.Exists(entry => entry.Name == ManifestsFolder))
                return null;
            return new SourceRepository(name, repository, repository is null ? InvalidName(name, path) : null);
        }
        catch (TransferException e)
        {
            return new SourceRepository(name, repository, e.At(ErrorScope.Repository).Of(repository));
        }
    }

    private bool LeadsBack(string path)
    {
        foreach (var level in _open)
            if (TreeReader.IsWithin(level.Path, path))
                return true;
        return false;
    }

    private static TransferError InvalidName(string name, string path) =>
        new(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name, so no registry serves or takes it.")
        {
            Scope = ErrorScope.Repository,
            Path = path,
            Hint = "Rename the folder to lower-case letters, digits and single separators, at most 255 characters in all.",
        };

    private sealed class Level(string name, string path, List<TreeEntry> entries)
    {
        public string Name => name;

        public string Path => path;

        public List<TreeEntry> Entries => entries;

        public int Next { get; set; }
    }
}

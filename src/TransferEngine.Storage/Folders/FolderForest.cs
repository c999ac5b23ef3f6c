using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// Image folders below a root, nested as their repositories' names are: <c>ROOT/team/app:v1</c>. Remembers the listings and the
/// repositories that were asked for last. All methods may be called concurrently.
/// </summary>
internal sealed class FolderForest : IFolderCollection
{
    // More than a run has repositories open.
    private const int MaxRepositories = 64;
    private const int MaxListings = 64;

    // The last number of levels that a name of 255 characters can have.
    private const int MaxDepth = 128;

    private readonly RecentCache<RepositoryName, RepositoryFolders> _repositories;
    private readonly RecentCache<string, FolderListing> _listings;
    private readonly Lazy<NestedFolders?> _nested;

    /// <param name="root">The folder; need not exist.</param>
    /// <param name="seeksNested">Whether images may be below folders that are called like one, as in forests that others wrote.</param>
    public FolderForest(string root, bool seeksNested = false)
    {
        Reader = new FolderTreeReader(RealPath.Of(root));
        _nested = new Lazy<NestedFolders?>(() => seeksNested ? NestedFolders.Find(Reader) : null);
        _repositories = new RecentCache<RepositoryName, RepositoryFolders>(MaxRepositories, Read);
        _listings = new RecentCache<string, FolderListing>(MaxListings, FolderListing.Read);
    }

    public TreeReader Reader { get; }

    /// <summary>What was found when all of it was looked through; nothing before that.</summary>
    public IEnumerable<string> Notes => _nested.IsValueCreated && _nested.Value is { } nested ? nested.Notes : [];

    public RepositoryFolders Of(RepositoryName repository) => _repositories.Get(repository);

    /// <summary>Takes in a folder that was added, or took another's place, if its repository is remembered.</summary>
    public void Learn(RepositoryName repository, ImageFolderName folder, bool isNew)
    {
        var parent = ParentOf(repository);
        if (isNew)
            _listings.Change(parent, listing => listing.Add(folder.Folder));
        _repositories.Change(repository, known => known.Add(folder, parent));
    }

    /// <summary>The tags of a repository by the names of its folders, none of which is looked into; null if there is no such folder.</summary>
    public IReadOnlySet<Tag>? ListTags(RepositoryName repository)
    {
        var folders = _listings.Get(ParentOf(repository)).Images(LastOf(repository));
        return folders.Count == 0 ? null : folders.Select(ImageFolderName.Of).Where(name => name.Tag is not null).Select(name => name.Tag!.Value).ToHashSet();
    }

    /// <summary>The folder that an image has or would have.</summary>
    public string PathOf(RepositoryName repository, Reference reference) =>
        Reader.Enter(ParentOf(repository), Path.GetFileName(ImageFolderName.PathOf(repository, reference)));

    /// <summary>
    /// All repositories, depth first, then those that are nowhere but below folders called like an image. Holds the listings from the top
    /// to where it stands.
    /// </summary>
    /// <exception cref="TransferException">The root can't be read, or two hosts collide, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public IEnumerable<SourceRepository> Walk()
    {
        var nested = _nested.Value;
        foreach (var repository in Walk(nested, static () => true))
            yield return repository;
        foreach (var (name, images) in nested?.Repositories ?? new Dictionary<string, List<NestedFolders.Nested>>())
            if (FindNested(name, images) is { } repository)
                yield return repository;
    }

    /// <summary>Whether any folder looks like an image, without a look at all of them.</summary>
    /// <param name="goOn">Asked at every step.</param>
    public bool LooksLikeOne(Func<bool> goOn) => Walk(null, goOn).Any();

    private IEnumerable<SourceRepository> Walk(NestedFolders? nested, Func<bool> goOn)
    {
        var open = new Stack<Level>();
        open.Push(OpenTop());
        while (open.TryPeek(out var level) && goOn())
        {
            if (level.Next == level.Listing.Names.Count)
            {
                open.Pop();
                continue;
            }
            if (Visit(open, level, level.Listing.Names[level.Next++], nested) is { } repository)
                yield return repository;
        }
    }

    private Level OpenTop()
    {
        try
        {
            return new Level("", Reader.Root, _listings.Get(Reader.Root));
        }
        catch (TransferException e)
        {
            throw e.At(ErrorScope.Endpoint);
        }
    }

    /// <summary>The repository of this name, if there is one; opens the folder of this name for the walk, if it holds others.</summary>
    private SourceRepository? Visit(Stack<Level> open, Level parent, string folder, NestedFolders? nested)
    {
        var name = parent.Name.Length == 0 ? folder : $"{parent.Name}/{folder}";
        RepositoryName? repository = RepositoryName.TryParse(name, out var valid) ? valid : null;
        try
        {
            var isImage = parent.Listing.Images(folder).Any(image => nested is null || !nested.IsWrapper(parent.Path, image));
            if (parent.Listing.Plain.Contains(folder))
                isImage |= EnterPlain(open, parent, folder, name);
            return isImage ? new SourceRepository(name, repository, repository is null ? FolderErrors.InvalidName(name, Path.Join(parent.Path, folder)) : null) : null;
        }
        catch (TransferException e)
        {
            return new SourceRepository(name, repository, e.At(ErrorScope.Repository).Of(repository));
        }
    }

    /// <summary>True if the folder is an image; else it is opened for the walk.</summary>
    private bool EnterPlain(Stack<Level> open, Level parent, string folder, string name)
    {
        var path = Reader.Enter(parent.Path, folder);
        if (IsImage(path))
            return true;
        if (open.Count >= MaxDepth || name.Length > RepositoryName.MaxLength)
            return false;
        if (open.Any(level => TreeReader.IsWithin(level.Path, path)))
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The symbolic link leads back to a folder above it.") { Path = Path.Join(parent.Path, folder) });
        // A file's link among the folders: nothing in it.
        if (Directory.Exists(path))
            open.Push(new Level(name, path, _listings.Get(path)));
        return false;
    }

    private bool IsImage(string folder) => Directory.Exists(folder) && ImageFolder.FindManifest(Reader, folder) is not null;

    /// <summary>Null if the walk has met with the repository, too.</summary>
    private SourceRepository? FindNested(string name, List<NestedFolders.Nested> images)
    {
        if (images.Find(image => image.Error is not null)?.Error is { } error)
            return new SourceRepository(name, RepositoryName.TryParse(name, out var hurt) ? hurt : null, error with { Scope = ErrorScope.Repository });
        return !RepositoryName.TryParse(name, out var repository)
            ? new SourceRepository(name, null, FolderErrors.InvalidName(name, Path.Join(images[0].Parent, images[0].Name.Folder)))
            : OwnFolders(repository).Any() ? null : new SourceRepository(name, repository);
    }

    private RepositoryFolders Read(RepositoryName repository)
    {
        var folders = new RepositoryFolders(Reader, repository);
        foreach (var folder in OwnFolders(repository))
            folders.Add(ImageFolderName.Of(folder), ParentOf(repository));
        foreach (var image in _nested.Value?.Repositories.GetValueOrDefault(repository.ToString()) ?? [])
            folders.Add(image.Name, image.Parent);
        return folders;
    }

    /// <summary>The images of a repository that lie where its name says.</summary>
    private IEnumerable<string> OwnFolders(RepositoryName repository)
    {
        var (parent, last, nested) = (ParentOf(repository), LastOf(repository), _nested.Value);
        var listing = _listings.Get(parent);
        var named = listing.Images(last).Where(folder => nested is null || !nested.IsWrapper(parent, folder));
        return listing.Plain.Contains(last) && IsImage(Reader.Enter(parent, last)) ? named.Append(last) : named;
    }

    private string ParentOf(RepositoryName repository)
    {
        var parts = repository.ToString().Split('/');
        return Reader.Enter(Reader.Root, parts.AsSpan(0, parts.Length - 1));
    }

    private static string LastOf(RepositoryName repository)
    {
        var name = repository.ToString();
        return name[(name.LastIndexOf('/') + 1)..];
    }

    private sealed class Level(string name, string path, FolderListing listing)
    {
        public string Name => name;

        public string Path => path;

        public FolderListing Listing => listing;

        public int Next { get; set; }
    }
}

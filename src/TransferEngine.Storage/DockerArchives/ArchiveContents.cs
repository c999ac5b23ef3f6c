using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>What a name stands for in an archive.</summary>
/// <param name="Image">The image.</param>
/// <param name="Host">What was taken off its name; null for nothing.</param>
/// <param name="Error">Set if the name stands for several.</param>
internal sealed record ArchivedTag(SavedImage Image, string? Host, TransferError? Error = null);

/// <summary>Whose names are in an archive: its images by repository and tag.</summary>
internal sealed class ArchiveContents
{
    private static readonly SortedDictionary<Tag, ArchivedTag> None = [];

    private readonly SortedDictionary<RepositoryName, SortedDictionary<Tag, ArchivedTag>> _repositories = [];
    private readonly List<SourceRepository> _nameless = [];
    private readonly SortedSet<string> _hosts = new(StringComparer.Ordinal);
    private readonly ArchiveFile _archive;

    private ArchiveContents(ArchiveFile archive) => _archive = archive;

    /// <summary>In ordinal order; what has no name that could be taken comes last, with its error.</summary>
    public IEnumerable<SourceRepository> Repositories => _repositories.Keys.Select(name => new SourceRepository(name.ToString(), name)).Concat(_nameless);

    /// <summary>The hosts that were taken off names.</summary>
    public IReadOnlyCollection<string> Hosts => _hosts;

    public IReadOnlyDictionary<Tag, ArchivedTag> TagsOf(RepositoryName repository) => _repositories.GetValueOrDefault(repository, None);

    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>, as <see cref="DockerArchiveSource.Open(string, string?)"/> says.</exception>
    public static ArchiveContents Read(ArchiveFile archive, string? reference)
    {
        var images = archive.ReadManifest();
        if (reference is null)
            return Read(archive, images, _ => true);
        var wanted = SavedName.TryParse(reference, out var parsed) ? parsed : throw Failed(ErrorCode.EndpointInvalid, archive,
            $"'{Printable.Of(reference)}' is not the name of an image.", "Write docker-archive:FILE:NAME:TAG.");
        // A lone image that was saved by its ID is named by who asks for it.
        if (images is [{ Names.Count: 0 } only])
            images = [only with { Names = [reference] }];
        var contents = Read(archive, images, name => name.Repository == wanted.Repository && name.Tag == wanted.Tag && (wanted.Host is null || wanted.Host == name.Host));
        contents._nameless.Clear();
        return contents._repositories.Count > 0 ? contents : throw Failed(ErrorCode.SourceNotFound, archive, $"The archive has no image {Printable.Of(reference)}.",
            $"It has {Printable.Of(string.Join(", ", images.SelectMany(image => image.Names)))}.");
    }

    private static ArchiveContents Read(ArchiveFile archive, List<SavedImage> images, Func<SavedName, bool> isWanted)
    {
        var contents = new ArchiveContents(archive);
        for (var i = 0; i < images.Count; i++)
            contents.Add(i, images[i], isWanted);
        return contents;
    }

    private void Add(int position, SavedImage image, Func<SavedName, bool> isWanted)
    {
        if (image.Names.Count == 0)
            _nameless.Add(new SourceRepository($"@{position}", null, new TransferError(ErrorCode.RepositoryNameInvalid, "The archive gives this image no name.")
            {
                Path = _archive.Path,
                Hint = "Save it by its name, or alone, and then name it: docker-archive:FILE:NAME:TAG.",
            }));
        foreach (var text in image.Names)
        {
            if (!SavedName.TryParse(text, out var name))
                _nameless.Add(new SourceRepository(Printable.Of(text), null, new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(text)}' is no valid name with a tag.") { Path = _archive.Path }));
            else if (isWanted(name))
                Add(name, image);
        }
    }

    private void Add(SavedName name, SavedImage image)
    {
        if (name.Host is { } host)
            _hosts.Add(Printable.Of(host));
        if (!_repositories.TryGetValue(name.Repository, out var tags))
            _repositories.Add(name.Repository, tags = []);
        if (!tags.TryGetValue(name.Tag, out var known))
            tags.Add(name.Tag, new ArchivedTag(image, name.Host));
        else if (known.Image.Config != image.Config || !known.Image.Layers.SequenceEqual(image.Layers))
            tags[name.Tag] = known with
            {
                Error = new TransferError(ErrorCode.MappingCollision, known.Host == name.Host ? $"Several images of the archive are called {name}."
                    : $"Both {Shown(known.Host)} and {Shown(name.Host)} have an image {name} in the archive, and hosts are left out of the names.")
                { Repository = name.Repository, Reference = name.Tag, Path = _archive.Path, Hint = $"Take such images one by one, as docker-archive:{_archive.Path}:HOST/{name}, with --map to keep them apart." },
            };
    }

    private static string Shown(string? host) => host is null ? "no host" : Printable.Of(host);

    private static TransferException Failed(string code, ArchiveFile archive, string message, string hint) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Endpoint, Path = archive.Path, Hint = hint });
}

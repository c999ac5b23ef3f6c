using TransferEngine.Images;
using TransferEngine.Registry.Daemon;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting.Daemon;

/// <summary>What a daemon says it has, or the one image that is wanted of it.</summary>
internal sealed class DaemonCatalog
{
    private readonly SortedDictionary<RepositoryName, List<(SavedName Name, string Text)>> _repositories = [];
    private readonly List<SourceRepository> _invalid = [];

    public IEnumerable<SourceRepository> Repositories => _repositories.Keys.Select(name => new SourceRepository(name.ToString(), name)).Concat(_invalid);

    public static async Task<DaemonCatalog> ReadAsync(DaemonApi api, string? reference, CancellationToken cancellationToken)
    {
        var catalog = new DaemonCatalog();
        foreach (var text in reference is null ? await api.ListImagesAsync(cancellationToken) : [reference])
            catalog.Add(text);
        return catalog;
    }

    public IEnumerable<Tag> TagsOf(RepositoryName repository) => Find(repository).Select(image => image.Name.Tag).Distinct().Order();

    /// <summary>How the daemon names the repository's images.</summary>
    public IReadOnlyList<string> NamesOf(RepositoryName repository) => [.. Find(repository).Select(image => image.Text)];

    private List<(SavedName Name, string Text)> Find(RepositoryName repository) => _repositories.GetValueOrDefault(repository, []);

    private void Add(string text)
    {
        if (!SavedName.TryParse(text, out var name))
            _invalid.Add(new SourceRepository(Printable.Of(text), null, new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(text)}' is no valid name with a tag.")));
        else if (_repositories.TryGetValue(name.Repository, out var images))
            images.Add((name, text));
        else
            _repositories.Add(name.Repository, [(name, text)]);
    }
}

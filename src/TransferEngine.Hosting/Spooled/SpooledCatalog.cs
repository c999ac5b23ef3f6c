using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting.Spooled;

/// <summary>What somebody says to have, or the one image that is wanted of it.</summary>
internal sealed class SpooledCatalog
{
    private readonly SortedDictionary<RepositoryName, List<(SavedName Name, string Text)>> _repositories = [];
    private readonly List<SourceRepository> _invalid = [];

    public IEnumerable<SourceRepository> Repositories => _repositories.Keys.Select(name => new SourceRepository(name.ToString(), name)).Concat(_invalid);

    public static async Task<SpooledCatalog> ReadAsync(IImageSaver saver, string? reference, CancellationToken cancellationToken)
    {
        var catalog = new SpooledCatalog();
        foreach (var text in reference is null ? await saver.ListImagesAsync(cancellationToken) : [reference])
            catalog.Add(text);
        return catalog;
    }

    public IEnumerable<Tag> TagsOf(RepositoryName repository) => Find(repository).Select(image => image.Name.Tag).Distinct().Order();

    /// <summary>How the repository's images are named there.</summary>
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

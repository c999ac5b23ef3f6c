using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting.Spooled;

/// <summary>
/// Images that can only be had as archives, which can't be read in place: each repository that is asked for is saved once into a
/// temporary file, layers uncompressed, which is kept until the end and read as any <c>docker save</c>.
/// </summary>
internal sealed class SpooledSource : IImageSource
{
    private readonly IImageSaver _saver;
    private readonly string? _reference;
    private readonly SpoolFolder _spool = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task<SpooledCatalog>> _catalog;
    private readonly ConcurrentDictionary<RepositoryName, Lazy<Task<DockerArchiveSource?>>> _archives = new();
    private long _spooled;

    /// <param name="saver">Owned from now on.</param>
    /// <param name="endpoint">As the user may see it.</param>
    /// <param name="reference">The only image to take; null for all.</param>
    public SpooledSource(IImageSaver saver, string endpoint, string? reference)
    {
        (_saver, Endpoint, _reference) = (saver, endpoint, reference);
        _catalog = new(() => SpooledCatalog.ReadAsync(saver, reference, _stop.Token));
    }

    public string Endpoint { get; }

    /// <inheritdoc/>
    /// <remarks>Of what was saved so far: an archive that was cut short without a word.</remarks>
    public TransferError? Damage => Saved.Select(archive => archive.Damage).FirstOrDefault(damage => damage is not null);

    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = Saved.SelectMany(archive => archive.Notes).Distinct().ToList();
            if (_spooled > 0)
                notes.Add($"The images of the {_saver.Kind} took {_spooled:N0} bytes of temporary files on this machine.");
            return notes;
        }
    }

    private IEnumerable<DockerArchiveSource> Saved => _archives.Values
        .Where(archive => archive is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(archive => archive.Value.Result).OfType<DockerArchiveSource>();

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var catalog = await _catalog.Value.WaitAsync(cancellationToken);
        foreach (var repository in catalog.Repositories)
            yield return repository;
    }

    public async IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await OpenAsync(repository, cancellationToken) is { } archive)
            await foreach (var image in archive.ListImagesAsync(repository, untagged, cancellationToken))
                yield return image;
    }

    public async IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var catalog = await _catalog.Value.WaitAsync(cancellationToken);
        foreach (var tag in catalog.TagsOf(repository))
            yield return tag.ToString();
    }

    public async ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        await OpenAsync(repository, cancellationToken) is { } archive ? await archive.FindImageAsync(repository, reference, cancellationToken) : null;

    public async ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        await OpenAsync(repository, cancellationToken) is { } archive
            ? await archive.ReadManifestAsync(repository, digest, cancellationToken)
            : throw Missing(ErrorCode.ManifestMissing, ErrorScope.Image, repository, digest);

    public async ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        await OpenAsync(repository, cancellationToken) is { } archive ? await archive.FindBlobAsync(repository, digest, cancellationToken) : null;

    public async ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken) =>
        await OpenAsync(repository, cancellationToken) is { } archive
            ? await archive.OpenBlobAsync(repository, digest, offset, cancellationToken)
            : throw Missing(ErrorCode.BlobMissing, ErrorScope.Blob, repository, digest);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var archive in _archives.Values.Where(archive => archive.IsValueCreated).Select(archive => archive.Value))
        {
            await ((Task)archive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (archive is { IsCompletedSuccessfully: true, Result: { } opened })
                await opened.DisposeAsync();
        }
        _saver.Dispose();
        _spool.Dispose();
        _stop.Dispose();
    }

    // One save serves all who ask, so none of them can cancel it.
    private Task<DockerArchiveSource?> OpenAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _archives.GetOrAdd(repository, name => new Lazy<Task<DockerArchiveSource?>>(() => SaveAsync(name, _stop.Token))).Value.WaitAsync(cancellationToken);

    private async Task<DockerArchiveSource?> SaveAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var names = (await _catalog.Value).NamesOf(repository);
        if (names.Count == 0)
            return null;
        var path = _spool.NewFile();
        try
        {
            await _saver.SaveAsync(names, path, cancellationToken);
            Interlocked.Add(ref _spooled, new FileInfo(path).Length);
            return DockerArchiveSource.Open(path, _reference);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.SourceNotFound && _reference is null)
        {
            // Listed a moment ago: somebody removed an image meanwhile, which is no reason to give the others up.
            throw new TransferException(e.Error with { Scope = ErrorScope.Repository, Repository = repository }, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SpoolFolder.Failed(path, e);
        }
    }

    private TransferException Missing(string code, ErrorScope scope, RepositoryName repository, Digest digest) =>
        new(new TransferError(code, $"The {_saver.Kind} has no images in {repository}.") { Scope = scope, Repository = repository, Digest = digest });
}

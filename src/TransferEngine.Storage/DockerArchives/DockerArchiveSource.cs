using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// What <c>docker save</c> writes, read in place: <c>manifest.json</c>, a config and uncompressed layers for each image. Configs stay as
/// they are, and so do image IDs; manifests are made here, over layers that are compressed here (<see cref="LayerPress"/>), so their
/// digests are not those of a registry that the image came from. The same archive always gives the same digests. Of an archive that is
/// an OCI layout too, as docker 25 and later write, <c>manifest.json</c> is read all the same.
/// </summary>
public sealed class DockerArchiveSource : IImageSource
{
    private readonly ArchiveFile _archive;
    private readonly ArchiveContents _contents;
    private readonly LayerPress _press;
    private readonly ConcurrentDictionary<SavedImage, ReadImage> _images = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<Digest, ReadImage> _manifests = new();
    private readonly ConcurrentDictionary<Digest, Blob> _blobs = new();
    private bool _isCompressed;

    private DockerArchiveSource(ArchiveFile archive, ArchiveContents contents, string? reference)
    {
        (_archive, _contents, _press) = (archive, contents, new LayerPress(archive));
        Endpoint = reference is null ? $"docker-archive:{archive.Path}" : $"docker-archive:{archive.Path}:{reference}";
        Damage = archive.Damage is { } damage ? new TransferError(ErrorCode.SourceUnreadable, damage) { Scope = ErrorScope.Endpoint, Path = archive.Path } : null;
    }

    private sealed record Blob(long Size, Func<long, Stream> Open);

    public string Endpoint { get; }

    public TransferError? Damage { get; }

    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = new List<string>();
            if (Volatile.Read(ref _isCompressed))
                notes.Add("A docker archive keeps no manifests and its layers uncompressed: the digests of manifests and layers were made here, and are not those of a registry the images came from. Image IDs stay.");
            if (_contents.Hosts.Count > 0)
                notes.Add($"Images of {string.Join(", ", _contents.Hosts)} go by their names without the host.");
            return notes;
        }
    }

    /// <param name="path">The archive, not compressed.</param>
    /// <param name="reference">
    /// The only image to take, <c>NAME:TAG</c> as the archive names it; null for all. If the archive's one image has no name, this is its name.
    /// </param>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceUnreadable"/> or <see cref="ErrorCode.SourceOutdated"/>, with
    /// <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static DockerArchiveSource Open(string path, string? reference = null)
    {
        var archive = ArchiveFile.Open(path);
        try
        {
            return new DockerArchiveSource(archive, ArchiveContents.Read(archive, reference), reference);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var repository in _contents.Repositories)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return repository;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Compresses the layers of each image for their digests.</remarks>
    public async IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (tag, image) in _contents.TagsOf(repository))
            yield return await ListAsync(repository, tag, image, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var tag in _contents.TagsOf(repository).Keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return tag.ToString();
        }
    }

    public async ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        if (reference.Tag is { } tag)
            return _contents.TagsOf(repository).TryGetValue(tag, out var image) ? await ListAsync(repository, tag, image, cancellationToken) : null;
        await ReadAllAsync(repository, () => _manifests.ContainsKey(reference.Digest!.Value), cancellationToken);
        return _manifests.ContainsKey(reference.Digest!.Value) ? new SourceImage(reference.Digest.Value.ToString(), null, reference.Digest) : null;
    }

    public async ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        await ReadAllAsync(repository, () => _manifests.ContainsKey(digest), cancellationToken);
        return _manifests.TryGetValue(digest, out var image) ? image.Manifest
            : throw new TransferException(new TransferError(ErrorCode.ManifestMissing, "No image of the archive has this manifest.") { Repository = repository, Digest = digest, Path = _archive.Path });
    }

    public async ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        await ReadAllAsync(repository, () => _blobs.ContainsKey(digest), cancellationToken);
        return _blobs.TryGetValue(digest, out var blob) ? blob.Size : null;
    }

    public async ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        await ReadAllAsync(repository, () => _blobs.ContainsKey(digest), cancellationToken);
        return _blobs.TryGetValue(digest, out var blob) ? new BlobContentStream(blob.Open(offset), blob.Size)
            : throw new TransferException(new TransferError(ErrorCode.BlobMissing, "No image of the archive has this blob.") { Scope = ErrorScope.Blob, Repository = repository, Digest = digest, Path = _archive.Path });
    }

    public string? Locate(RepositoryName repository, Digest digest) => _archive.Path;

    public async ValueTask DisposeAsync()
    {
        await _press.DisposeAsync();
        _archive.Dispose();
    }

    private async Task<SourceImage> ListAsync(RepositoryName repository, Tag tag, ArchivedTag image, CancellationToken cancellationToken)
    {
        if (image.Error is { } ambiguous)
            return new SourceImage(tag.ToString(), tag, null, ambiguous);
        try
        {
            return new SourceImage(tag.ToString(), tag, (await ReadAsync(image.Image, cancellationToken)).Manifest.Digest);
        }
        catch (TransferException e)
        {
            return new SourceImage(tag.ToString(), tag, null, e.Error with { Repository = repository, Reference = tag, Scope = ErrorScope.Image });
        }
    }

    /// <summary>What was not listed yet in this run is made known, unless it is.</summary>
    private async Task ReadAllAsync(RepositoryName repository, Func<bool> isKnown, CancellationToken cancellationToken)
    {
        if (isKnown())
            return;
        foreach (var (tag, image) in _contents.TagsOf(repository))
            await ListAsync(repository, tag, image, cancellationToken);
    }

    private async ValueTask<ReadImage> ReadAsync(SavedImage saved, CancellationToken cancellationToken)
    {
        if (_images.TryGetValue(saved, out var known))
            return known;
        var image = await ReadImage.ReadAsync(_archive, _press, saved, cancellationToken);
        foreach (var layer in image.Layers)
        {
            _blobs.TryAdd(layer.Blob.Digest, new Blob(layer.Blob.Size, offset => Open(layer, offset)));
            if (!layer.IsAsStored)
                Volatile.Write(ref _isCompressed, true);
        }
        _blobs.TryAdd(image.Manifest.Blobs[0].Digest, new Blob(image.Config.Length, offset => _archive.Open(image.Config, offset)));
        _manifests.TryAdd(image.Manifest.Digest, image);
        return _images.GetOrAdd(saved, image);
    }

    private Stream Open(PressedLayer layer, long offset)
    {
        if (layer.IsAsStored)
            return _archive.Open(layer.File, offset);
        var content = new CompressingStream(_archive.Open(layer.File));
        content.Skip(offset);
        return content;
    }
}

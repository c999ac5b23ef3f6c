using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.Tars;
using static TransferEngine.Storage.SourceReads;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// A Docker registry's storage tree as a source of images: the folder that CNCF Distribution and its kin (Harbor's registry,
/// GitLab's without database) write below <c>docker/registry/v2</c>, read without a registry in front. It is strict where
/// the registry's API is: a tag that the API would not serve is an error. Holds no open file and nothing per repository.
/// Reads happen on the calling thread.
/// </summary>
public sealed class RegistryTreeSource : IImageSource
{
    private readonly TreeReader _reader;
    private readonly BlobStore _blobs;
    private readonly ReferrerIndex _referrers;
    private readonly LeftAlone _leftAlone = new();

    private RegistryTreeSource(OpenedTree tree)
    {
        Endpoint = tree.Endpoint;
        Damage = tree.Damage is { } damage ? new TransferError(ErrorCode.SourceUnreadable, damage) { Scope = ErrorScope.Endpoint } : null;
        _reader = tree.Reader;
        _blobs = new BlobStore(tree.Reader);
        _referrers = new ReferrerIndex(tree.Reader, _blobs, _leftAlone);
    }

    public string Endpoint { get; }

    public TransferError? Damage { get; }

    public string? LocalPath => _reader.LocalPath;

    public IReadOnlyList<string> Notes => [.. _reader.Notes, .. _leftAlone.Notes];

    /// <summary>Finds the tree at, above or a few folders below a path.</summary>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/> (saying what was looked for), <see cref="ErrorCode.SourceUnreadable"/> or
    /// <see cref="ErrorCode.SourceOutsideRoot"/>; all with <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static RegistryTreeSource Open(string path, RegistryTreeOptions? options = null) =>
        new(OpenedTree.Folder(path, options ?? new RegistryTreeOptions(), remembersFolders: true));

    /// <summary>
    /// Reads a tree in a tar in place: one pass over the headers, then each content by its offset. Holds the file open, and some
    /// two kilobytes of memory for each image. A compressed tar (gzip, zstd) can only be read from its
    /// beginning: contents are served in the order in which they lie there, in as many passes over the whole archive as it takes
    /// (<see cref="Notes"/> says how many), none of it is unpacked to disk, and a stream that is neither read nor disposed stops them
    /// all. To unpack the compression first is quicker for all but small archives.
    /// </summary>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>, with <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static RegistryTreeSource OpenTar(string path, RegistryTreeOptions? options = null) =>
        new(OpenedTar.Open(path, options ?? new RegistryTreeOptions()));

    public IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        Lazily(() => new RepositoryWalk(_reader, _leftAlone).Run(), cancellationToken);

    public IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Lazily(() => new ImageListing(_reader, repository, _leftAlone).Run(untagged), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Reads no link of a tag, unless revisions have to be told apart by whether a tag names them.</remarks>
    public IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Lazily(() => new ImageListing(_reader, repository, _leftAlone).Names(untagged), cancellationToken);

    public ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Attempt(repository, null, ErrorScope.Image, () => new ImageListing(_reader, repository, _leftAlone).Find(reference), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Read from the global store: also a child of an index whose revision link was lost.</remarks>
    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Image, () => ReadManifest(repository, digest), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>The tree keeps no such list: the first question looks through the repository's revisions.</remarks>
    public IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        Lazily(() => _referrers.Of(repository, subject), cancellationToken);

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Blob, () => FindBlob(repository, digest)?.Length, cancellationToken);

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return AttemptAsync(repository, digest, ErrorScope.Blob, async () =>
        {
            var file = FindBlob(repository, digest) ?? throw Missing(ErrorCode.BlobMissing, PathOf(repository, digest), "The blob is not in the tree.");
            return new BlobContentStream(await _reader.OpenAsync(file, offset, cancellationToken), file.Length);
        }, cancellationToken);
    }

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => _reader is FolderTreeReader
        ? Attempt(repository, digest, ErrorScope.Blob, () => FindBlob(repository, digest) is { } file ? BlobFiles.Of(file.Path, file.Length) : null, cancellationToken)
        : ValueTask.FromResult<BlobFile?>(null);

    public string? Locate(RepositoryName repository, Digest digest) => PathOf(repository, digest);

    public ValueTask DisposeAsync()
    {
        (_reader as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private Manifest ReadManifest(RepositoryName repository, Digest digest)
    {
        var file = _blobs.Find(digest, () => Folder(repository, RepositoryWalk.ManifestsFolder, "revisions"))
            ?? throw Missing(ErrorCode.ManifestMissing, _blobs.PathOf(digest), "The manifest is not in the tree, though it is named there.");
        try
        {
            if (file.Length == 0)
                throw new TransferException(new TransferError(ErrorCode.ManifestDigestMismatch, "The manifest's file is empty; a crash of the registry leaves such files."));
            // One byte more than is allowed, so that the reader sees what is too large without our holding it all.
            var manifest = ManifestReader.Read(_reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
            if (_reader.ReadsInPasses)
                Announce(repository, manifest);
            return manifest;
        }
        catch (TransferException e) when (e.Error.Path is null)
        {
            throw new TransferException(e.Error with { Path = file.Path }, e.InnerException);
        }
    }

    /// <summary>Who reads a manifest will soon want its blobs. What is wrong with them shows when they are opened.</summary>
    private void Announce(RepositoryName repository, Manifest manifest)
    {
        foreach (var blob in manifest.Blobs)
            try
            {
                if (FindBlob(repository, blob.Digest) is { } file)
                    _reader.Expect(file);
            }
            catch (TransferException)
            {
                continue;
            }
    }

    private TreeFile? FindBlob(RepositoryName repository, Digest digest) =>
        _blobs.Find(digest, () => Folder(repository, RegistryTreeView.Layers));

    private string Folder(RepositoryName repository, params ReadOnlySpan<string> names) =>
        _reader.Enter(_reader.Enter(_reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/')]), names);

    private string PathOf(RepositoryName repository, Digest digest) => _blobs.PathOf(digest, () => Folder(repository, RegistryTreeView.Layers));

    private TransferException Missing(string code, string path, string message) =>
        new(new TransferError(code, message)
        {
            Path = path,
            Hint = Damage is null ? "Look for it in a backup, or push the image again." : $"{Damage.Message} Look for a whole copy of it.",
        });
}

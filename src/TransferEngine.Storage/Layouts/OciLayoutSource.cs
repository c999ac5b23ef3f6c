using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;
using static TransferEngine.Storage.SourceReads;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// An OCI image layout, a folder or a tar of one, as a source: one image or thousands, by the names that skopeo, umoci, docker, containerd,
/// buildx, podman, bazel, crane, cosign, hauler and others write. A name that is a tag alone belongs to a repository named as the folder or
/// file. What has no name, as skopeo leaves what a later copy replaced, counts as untagged. Reads happen on the calling thread.
/// </summary>
public sealed class OciLayoutSource : IImageSource
{
    private readonly LayoutReader _reader;
    private readonly Lazy<LayoutCatalog> _catalog;
    private readonly bool _isNarrowed;
    private bool _leavesUntagged;

    private OciLayoutSource(string scheme, LayoutAddress address, LayoutReader reader, TransferError? damage = null)
    {
        (_reader, Damage) = (reader, damage);
        Endpoint = $"{scheme}:{address}";
        var entries = reader.ReadIndex().Entries;
        _catalog = new(() => LayoutCatalog.Build(reader, entries, DefaultRepository(scheme, address.Path), address.Name));
        // A name that is not there is the user's mistake: said before anything begins.
        _isNarrowed = address.Name is not null;
        if (_isNarrowed)
            _ = _catalog.Value;
    }

    public string Endpoint { get; }

    public TransferError? Damage { get; }

    public string? LocalPath => _reader.Tree.LocalPath;

    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = new List<string>();
            if (_catalog.IsValueCreated && _catalog.Value.OthersCount is > 0 and var others)
                notes.Add($"Left out of the layout, as neither manifest nor index: {Entries(others)}.");
            if (Volatile.Read(ref _leavesUntagged) && _catalog.Value.NamelessCount is > 0 and var nameless)
                notes.Add($"{Entries(nameless)} of the layout {(nameless == 1 ? "has" : "have")} no name (copied without one, or replaced by a later copy); --untagged takes them.");
            return [.. notes, .. _reader.Tree.Notes];
        }
    }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceUnreadable"/> or <see cref="ErrorCode.SourceOutsideRoot"/>, with
    /// <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static OciLayoutSource Open(LayoutAddress address)
    {
        if (!Directory.Exists(address.Path))
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, "There is no such folder.") { Scope = ErrorScope.Endpoint, Path = address.Path });
        try
        {
            return new OciLayoutSource("oci", address, new LayoutReader(new FolderTreeReader(RealPath.Of(address.Path)), address.Path));
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(address.Path, e).At(ErrorScope.Endpoint);
        }
    }

    /// <summary>
    /// Reads a tar of a layout in place: one pass over the headers, then each content by its offset. A compressed one is read in passes, as
    /// <see cref="RegistryTreeSource.OpenTar"/> says.
    /// </summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static OciLayoutSource OpenArchive(LayoutAddress address, RegistryTreeOptions? options = null)
    {
        var (tree, damage) = LayoutArchive.Open(address.Path, options ?? new RegistryTreeOptions());
        var reader = new LayoutReader(tree, address.Path);
        try
        {
            return new OciLayoutSource("oci-archive", address, reader, damage);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        Lazily(() => _catalog.Value.Repositories.Select(repository => repository.Listed), cancellationToken);

    public IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Lazily(() => Images(repository, untagged), cancellationToken);

    public ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Attempt(repository, reference.Digest, ErrorScope.Image, () => reference.Tag is { } tag
            ? _catalog.Value.Find(repository)?.Find(tag)
            : reference.Digest is { } digest && _reader.FindBlob(digest) is not null ? new SourceImage(digest.ToString(), null, digest) : null, cancellationToken);

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Image, () => _reader.ReadManifest(digest, announces: true), cancellationToken);

    public IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        Lazily(() => _catalog.Value.ReferrersOf(subject), cancellationToken);

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Blob, () => _reader.FindBlob(digest)?.Length, cancellationToken);

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return AttemptAsync(repository, digest, ErrorScope.Blob, async () =>
        {
            var file = _reader.FindBlob(digest) ?? throw new TransferException(new TransferError(ErrorCode.BlobMissing, "The blob is not in the layout.")
            {
                Path = _reader.PathOf(digest),
                Hint = "Copy the image into the layout again.",
            });
            return new BlobContentStream(await _reader.Tree.OpenAsync(file, offset, cancellationToken), file.Length);
        }, cancellationToken);
    }

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => _reader.Tree is FolderTreeReader
        ? Attempt(repository, digest, ErrorScope.Blob, () => _reader.FindBlob(digest) is { } file ? BlobFiles.Of(file.Path, file.Length) : null, cancellationToken)
        : ValueTask.FromResult<BlobFile?>(null);

    public string? Locate(RepositoryName repository, Digest digest) => _reader.PathOf(digest);

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<SourceImage> Images(RepositoryName name, bool untagged)
    {
        if (!untagged && !_isNarrowed)
            Volatile.Write(ref _leavesUntagged, true);
        return _catalog.Value.Find(name)?.Images(untagged, digest => _reader.FindBlob(digest) is not null) ?? [];
    }

    private static string Entries(int count) => count == 1 ? "1 entry" : $"{count} entries";

    internal static string DefaultRepository(string scheme, string path) =>
        (scheme == "oci" ? Path.GetFileName(path) : Path.GetFileNameWithoutExtension(path)).ToLowerInvariant();
}

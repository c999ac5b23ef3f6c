using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// An OCI image layout as a target: a folder, or a tar of one. Images get the names <c>REPOSITORY:TAG</c>, by which skopeo and podman address
/// them; what a layout holds already stays. A put is done for good when it returns: the index itself is written now and then, and
/// what was put since stands in a journal beside it.
/// </summary>
public sealed class OciLayoutTarget : IImageTarget
{
    private readonly LayoutStore _store;
    private readonly LayoutSession _session;

    private OciLayoutTarget(string scheme, LayoutAddress address, LayoutStore store, TimeProvider time)
    {
        if (address.Name is not null)
            throw new TransferException(new TransferError(ErrorCode.EndpointInvalid, "A layout as a target takes images under their own names, so its address is the path alone.")
            {
                Scope = ErrorScope.Endpoint,
                Hint = $"Write {scheme}:{address.Path}, and --map to rename repositories.",
            });
        (_store, _session) = (store, new LayoutSession(store, OciLayoutSource.DefaultRepository(scheme, address.Path), time));
        Endpoint = $"{scheme}:{address.Path}";
    }

    public string Endpoint { get; }

    public string LocalPath => RealPath.Of(_store.Path);

    public IReadOnlyList<string> Notes => _session.IsUnfinished && _store.UnfinishedNote is { } unfinished ? [.. _store.Notes, unfinished] : _store.Notes;

    /// <summary>A folder, which need not exist. Nothing is written yet.</summary>
    /// <param name="address">Its path, without a name.</param>
    /// <param name="link">How files of this machine get into it.</param>
    /// <param name="owner">Whom its files are given to; null for the user's own.</param>
    /// <param name="time">For how often the index is written.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: the address has a name.</exception>
    public static OciLayoutTarget Create(LayoutAddress address, LinkMode link = LinkMode.Auto, FileOwner? owner = null, TimeProvider? time = null) =>
        new("oci", address, new FolderLayoutStore(address.Path, link, owner), time ?? TimeProvider.System);

    /// <summary>A tar: <c>FILE.partial</c> until it is complete. One that is there already is copied first, then added to.</summary>
    /// <inheritdoc cref="Create"/>
    public static OciLayoutTarget CreateArchive(LayoutAddress address, FileOwner? owner = null, TimeProvider? time = null) =>
        new("oci-archive", address, new ArchiveLayoutStore(address.Path, owner, time ?? TimeProvider.System), time ?? TimeProvider.System);

    public RepositoryName MapRepository(RepositoryName source) => source;

    /// <inheritdoc/>
    /// <remarks>Reads what is there and changes nothing.</remarks>
    public Task CheckAsync(CancellationToken cancellationToken) => Run(ErrorScope.Endpoint, null, () => _session.Look(index => index.IsChanged));

    /// <inheritdoc/>
    /// <remarks>Never null: blobs belong to all repositories, so a new one may have any of them.</remarks>
    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Run<IReadOnlySet<Tag>?>(ErrorScope.Repository, repository, () => _session.Look(index => index.TagsOf(repository)?.Keys.ToHashSet() ?? []));

    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Run<IReadOnlyDictionary<Tag, Digest>?>(ErrorScope.Repository, repository, () => _session.Look(index => index.TagsOf(repository) ?? new Dictionary<Tag, Digest>()));

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Run(ErrorScope.Image, repository, () => _session.Look(index => index.Find(repository, reference)) is { } digest && _store.FindBlob(digest) is not null ? digest : (Digest?)null);

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Run(ErrorScope.Blob, repository, () => _store.FindBlob(digest)?.Length);

    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        Run(ErrorScope.Blob, repository, () => _store.FindBlob(digest) is not null ? MountResult.Mounted : MountResult.Refused);

    public bool TakesFiles => _store.TakesFiles;

    public Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) => Run(ErrorScope.Blob, repository, () =>
    {
        Begin();
        return _store.TakeFile(blob, file);
    });

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Task.FromResult(new UploadSession(repository, new Uri($"urn:uuid:{Guid.NewGuid():D}"), 0));

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        var source = new SourceContent(content);
        try
        {
            Begin();
            await _store.PutBlobAsync(blob, source, cancellationToken);
        }
        catch (Exception e) when (!source.BrokeOffBy(e) && (TreeErrors.IsFileTrouble(e) || e is TransferException))
        {
            throw Failed(e, ErrorScope.Blob, session.Repository);
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of a broken upload nothing is kept.</remarks>
    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            Begin();
            RequireParts(repository, manifest);
            await _store.PutManifestAsync(manifest, cancellationToken);
            _session.Put(repository, reference, manifest);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
        {
            throw Failed(e, ErrorScope.Image, repository);
        }
    }

    public ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        SourceReads.Attempt<BlobContentStream?>(repository, digest, ErrorScope.Blob, () => _store.FindBlob(digest) is { } blob
            ? new BlobContentStream(_store.Open(blob), blob.Length)
            : throw new TransferException(new TransferError(ErrorCode.BlobMissing, "The blob is not in the layout.") { Path = _store.Path }), cancellationToken);

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        SourceReads.Attempt(repository, digest, ErrorScope.Blob, () => _store.TakesFiles && _store.FindBlob(digest) is { } file ? BlobFiles.Of(file.Path, file.Length) : null, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>What is left to do here takes no time that would be worth an interruption.</remarks>
    public Task CompleteAsync(CancellationToken cancellationToken) => Run(ErrorScope.Endpoint, null, () =>
    {
        _session.Complete();
        return true;
    });

    public ValueTask DisposeAsync()
    {
        _session.Dispose();
        return ValueTask.CompletedTask;
    }

    private void RequireParts(RepositoryName repository, Manifest manifest)
    {
        foreach (var blob in manifest.Blobs)
            if (!blob.IsForeign && _store.FindBlob(blob.Digest) is null)
                throw Unknown(blob.Digest, "blob");
        foreach (var child in manifest.Children)
            if (_session.Look(index => index.Find(repository, child.Digest)) is null || _store.FindBlob(child.Digest) is null)
                throw Unknown(child.Digest, "manifest");

        TransferException Unknown(Digest digest, string kind) =>
            new(new TransferError(ErrorCode.TargetBlobUnknown, $"The layout does not have the {kind} {digest}, which the manifest names.") { Digest = digest, Path = _store.Path });
    }

    private void Begin()
    {
        try
        {
            _session.Begin();
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
        {
            throw Failed(e, ErrorScope.Endpoint, null);
        }
    }

    private Task<T> Run<T>(ErrorScope scope, RepositoryName? repository, Func<T> action)
    {
        try
        {
            return Task.FromResult(action());
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
        {
            return Task.FromException<T>(Failed(e, scope, repository));
        }
    }

    private TransferException Failed(Exception e, ErrorScope scope, RepositoryName? repository)
    {
        var failure = e as TransferException ?? TreeErrors.Unwritable(_store.Path, e, scope);
        var error = failure.Error with { Repository = failure.Error.Repository ?? repository };
        return new TransferException(scope == ErrorScope.Endpoint ? error with { Scope = scope } : error, failure.InnerException);
    }
}

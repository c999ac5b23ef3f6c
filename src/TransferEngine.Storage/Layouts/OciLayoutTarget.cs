using System.IO.Pipelines;
using System.Text.Json;
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
    private static readonly TimeSpan IndexInterval = TimeSpan.FromSeconds(5);

    private readonly LayoutStore _store;
    private readonly TimeProvider _time;
    private readonly string _defaultRepository;
    private readonly Lock _lock = new();
    private LayoutIndex? _index;
    private JsonElement? _root;
    private PutJournal? _journal;
    private long _written;
    private bool _isEnded;

    private OciLayoutTarget(string scheme, LayoutAddress address, LayoutStore store, TimeProvider time)
    {
        if (address.Name is not null)
            throw new TransferException(new TransferError(ErrorCode.EndpointInvalid, "A layout as a target takes images under their own names, so its address is the path alone.")
            {
                Scope = ErrorScope.Endpoint,
                Hint = $"Write {scheme}:{address.Path}, and --map to rename repositories.",
            });
        (_store, _time) = (store, time);
        _defaultRepository = OciLayoutSource.DefaultRepository(scheme, address.Path);
        Endpoint = $"{scheme}:{address.Path}";
    }

    public string Endpoint { get; }

    public string LocalPath => RealPath.Of(_store.Path);

    public IReadOnlyList<string> Notes => _store.Notes;

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
    public Task CheckAsync(CancellationToken cancellationToken) => Run(ErrorScope.Endpoint, null, () => Look(index => index.IsChanged));

    /// <inheritdoc/>
    /// <remarks>Never null: blobs belong to all repositories, so a new one may have any of them.</remarks>
    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Run<IReadOnlySet<Tag>?>(ErrorScope.Repository, repository, () => Look(index => index.TagsOf(repository)?.Keys.ToHashSet() ?? []));

    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Run<IReadOnlyDictionary<Tag, Digest>?>(ErrorScope.Repository, repository, () => Look(index => index.TagsOf(repository) ?? new Dictionary<Tag, Digest>()));

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Run(ErrorScope.Image, repository, () => Look(index => index.Find(repository, reference)) is { } digest && _store.FindBlob(digest) is not null ? digest : (Digest?)null);

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Run(ErrorScope.Blob, repository, () => _store.FindBlob(digest));

    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        Run(ErrorScope.Blob, repository, () => _store.FindBlob(digest) is not null ? MountResult.Mounted : MountResult.Refused);

    public bool TakesFiles => _store.TakesFiles;

    public Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) => Run(ErrorScope.Blob, repository, () =>
    {
        Begin();
        return _store.TakeFile(blob.Digest, file);
    });

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Task.FromResult(new UploadSession(repository, new Uri($"urn:uuid:{Guid.NewGuid():D}"), 0));

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            Begin();
            await _store.PutBlobAsync(blob, content, cancellationToken);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
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
            if (manifest.Blobs.FirstOrDefault(blob => !blob.IsForeign && _store.FindBlob(blob.Digest) is null) is { } missing)
                throw new TransferException(new TransferError(ErrorCode.TargetBlobUnknown, $"The layout does not have the blob {missing.Digest}, which the manifest names.") { Digest = missing.Digest, Path = _store.Path });
            await _store.PutManifestAsync(manifest, cancellationToken);
            lock (_lock)
            {
                _index!.Put(repository, reference, manifest);
                _journal!.Append(new PutRecord(repository, reference, manifest.Digest));
                if (_store.KeepsIndex && _time.GetElapsedTime(_written) >= IndexInterval)
                    WriteIndex();
            }
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
        {
            throw Failed(e, ErrorScope.Image, repository);
        }
    }

    public Task CompleteAsync(CancellationToken cancellationToken) => Run(ErrorScope.Endpoint, null, () =>
    {
        lock (_lock)
        {
            // Also where nothing is new: what an earlier run left unfinished gets its end.
            if (Look(index => index.IsChanged))
                Begin();
            if (_journal is not null)
            {
                WriteIndex();
                _store.Complete();
                _journal.Delete();
            }
            return _isEnded = true;
        }
    });

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            try
            {
                if (!_isEnded && _journal is not null && _store.KeepsIndex)
                {
                    WriteIndex();
                    _journal.Delete();
                }
            }
            catch (Exception e) when (TreeErrors.IsFileTrouble(e))
            {
                // The journal keeps what the index lacks, for the next run.
            }
            _journal?.Dispose();
            _store.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    private T Look<T>(Func<LayoutIndex, T> look)
    {
        lock (_lock)
            return look(_index ??= ReadIndex(PutJournal.Read(_store.JournalPath)));
    }

    private LayoutIndex ReadIndex(IEnumerable<PutRecord> journal)
    {
        if (_store.OpenExisting() is not { } reader)
            return new LayoutIndex();
        var index = LayoutIndexFile.Read(reader, _defaultRepository, out _root);
        foreach (var put in journal)
            if (LayoutIndexFile.TryRead(reader, put.Manifest) is { } manifest)
                index.Put(put.Repository, put.Reference, manifest);
        return index;
    }

    /// <summary>Before the first write: takes the layout for this process alone, and reads once more what another one may have changed.</summary>
    private void Begin()
    {
        lock (_lock)
        {
            if (_journal is not null)
                return;
            try
            {
                Look(index => index.IsChanged);
                _store.Prepare();
                var journal = PutJournal.Open(_store.JournalPath);
                _index = ReadIndex(journal.Read());
                _store.Begin();
                _written = _time.GetTimestamp();
                _journal = journal;
            }
            catch (Exception e) when (TreeErrors.IsFileTrouble(e) || e is TransferException)
            {
                throw Failed(e, ErrorScope.Endpoint, null);
            }
        }
    }

    private void WriteIndex()
    {
        _store.WriteIndex(LayoutIndexFile.Write(_index!, _root));
        if (_store.KeepsIndex)
            _journal!.Clear();
        _written = _time.GetTimestamp();
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

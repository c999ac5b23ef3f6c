using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// A registry's storage tree as a target: the folder that a registry is pointed at afterwards. Blobs that are files of this machine are
/// linked where that goes. What is there already stays: repositories, tags and blobs are added to it.
/// </summary>
/// <remarks>
/// Nothing is made before the first write. A killed run leaves no link without the bytes that it names, and the next one goes on. For the
/// sake of speed small files are not flushed one by one but together at the end, so a power failure, unlike a kill, may damage what was
/// written last.
/// </remarks>
public sealed class RegistryTreeTarget : IImageTarget
{
    private readonly RegistryTreeView _view;
    private readonly RegistryTreeTargetOptions _options;
    private readonly Lazy<TreeWriting> _writing;

    private RegistryTreeTarget(RegistryTreeView view, RegistryTreeTargetOptions options, TimeProvider time)
    {
        (_view, _options) = (view, options);
        _writing = new Lazy<TreeWriting>(() => TreeWriting.Begin(view, options, time));
    }

    public string Endpoint => _view.Endpoint;

    public string LocalPath => _view.Reader.Root;

    public IReadOnlyList<string> Notes => _writing.IsValueCreated ? [.. _writing.Value.Notes, .. HarborStorage.Notes(_options)] : [];

    private RegistryTreeWriter Writer => _writing.Value.Writer;

    /// <summary>The tree at or above a folder, or the one that will be begun in it. Makes nothing yet.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: there is a tree that can't be read.</exception>
    public static RegistryTreeTarget Open(string path, RegistryTreeTargetOptions? options = null, TimeProvider? time = null) =>
        new(RegistryTreeView.OpenOrPlan(path), options ?? new RegistryTreeTargetOptions(), time ?? TimeProvider.System);

    /// <summary>Whether there is a tree at or above the path.</summary>
    public static bool IsTree(string path) => TreeLocator.FindHere(path) is not null;

    public RepositoryName MapRepository(RepositoryName source) => source;

    public Task CheckAsync(CancellationToken cancellationToken) => Run(() => _view.Reader.List(_view.Reader.Root) is not null, ErrorScope.Endpoint);

    /// <inheritdoc/>
    /// <remarks>A repository that has blobs but no manifest yet is known: a killed run left it so.</remarks>
    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => Run<IReadOnlySet<Tag>?>(() =>
        _view.ListTags(repository)?.Where(tag => HeadManifest(repository, tag) is not null).ToHashSet() ?? (_view.HasLayers(repository) ? new HashSet<Tag>() : null));

    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) => Run<IReadOnlyDictionary<Tag, Digest>?>(() =>
        (from tag in _view.ListTags(repository) ?? [] let digest = HeadManifest(repository, tag) where digest is not null select (tag, digest.Value)).ToDictionary());

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Run(() => HeadManifest(repository, reference));

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Run(() => _view.FindBlob(repository, digest)?.Length);

    /// <inheritdoc/>
    /// <remarks>The tree has one store for all: it is enough that the blob is there.</remarks>
    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) => Run(() =>
    {
        if ((_view.FindBlob(from, digest) ?? _view.FindStored(digest)) is not { } blob)
            return MountResult.Refused;
        Writer.LinkBlob(repository, digest, blob);
        return MountResult.Mounted;
    });

    public bool TakesFiles => true;

    /// <inheritdoc/>
    /// <remarks>The store keeps all by sha256: what is known by another digest has to be read, so it is uploaded.</remarks>
    public Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) => Run(() =>
    {
        if (blob.Digest.Algorithm != "sha256" || new FileInfo(file.Path) is not { Exists: true } found || found.Length != blob.Size)
            return false;
        Writer.TakeFile(repository, blob.Digest, file.Path, _writing.Value.Placer);
        return true;
    });

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) => Run(() => Session(Writer.StartUpload(repository)));

    /// <inheritdoc/>
    /// <remarks>
    /// A blob of this digest and size that the store has already, because another repository brought it or the tree had it before, is
    /// linked, and not a byte more is asked for: it came into the store by its digest, and whether it still has that is for whoever
    /// verifies the tree to say.
    /// </remarks>
    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            if (_view.FindStored(blob.Digest) is { } stored && stored.Length == blob.Size)
            {
                Writer.LinkBlob(session.Repository, blob.Digest, stored);
                await CancelUploadAsync(session, cancellationToken).ConfigureAwait(false);
                return;
            }
            if (Find(session) is not { } upload || upload.Length != session.Offset)
                throw new TransferException(new TransferError(ErrorCode.UploadSessionLost, "The upload is not there any more.") { Scope = ErrorScope.Blob, IsTransient = true });
            if (!await upload.AppendAsync(content, cancellationToken, blob.Size).ConfigureAwait(false))
            {
                Writer.CancelUpload(upload);
                throw BlobReceiver.WentOn(blob);
            }
            // Whoever has the rest may go on.
            if (upload.Length < blob.Size)
                throw BlobReceiver.EndedEarly(blob, upload.Length);
            if (Writer.CommitUpload(upload, blob.Digest) is null)
                throw BlobReceiver.WrongDigest(blob);
        }
        finally
        {
            await content.CompleteAsync().ConfigureAwait(false);
        }
    }

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) =>
        Run(() => Find(session) is { } upload ? Session(upload) : null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        try
        {
            if (Find(session) is { } upload)
                Writer.CancelUpload(upload);
        }
        catch (TransferException)
        {
            // It goes with the work folder.
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>Manifests are read back like blobs.</remarks>
    public ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        new(Run<BlobContentStream?>(() => _view.OpenContent(repository, digest)));

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        new(Run(() => _view.FindContent(repository, digest) is { } found ? BlobFiles.Of(found.Path, found.Length) : null));

    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) => Run(() =>
    {
        Writer.PutManifest(repository, manifest, reference.Tag);
        return true;
    });

    public Task CompleteAsync(CancellationToken cancellationToken) => Run(() =>
    {
        if (_writing.IsValueCreated)
            _writing.Value.Sync();
        return true;
    });

    public ValueTask DisposeAsync()
    {
        if (_writing.IsValueCreated)
            _writing.Value.Dispose();
        _view.Dispose();
        return ValueTask.CompletedTask;
    }

    private Digest? HeadManifest(RepositoryName repository, Reference reference)
    {
        var digest = reference.Tag is { } tag ? _view.FindTag(repository, tag) : reference.Digest;
        return digest is { } found && _view.HasManifest(repository, found) ? found : null;
    }

    private TreeUpload? Find(UploadSession session) => Writer.FindUpload(session.Repository, session.Location.AbsolutePath.TrimStart('/'));

    private static UploadSession Session(TreeUpload upload) => new(upload.Repository, new Uri("upload:///" + upload.Id), upload.Length);

    /// <summary>Completes at once; a failure travels in the task.</summary>
    private static Task<T> Run<T>(Func<T> action, ErrorScope? scope = null)
    {
        try
        {
            return Task.FromResult(action());
        }
        catch (TransferException e)
        {
            return Task.FromException<T>(scope is { } wider ? e.At(wider) : e);
        }
    }
}

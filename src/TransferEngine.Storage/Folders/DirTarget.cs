using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// A forest of image folders as a target, <c>ROOT/team/app:v1</c>, each as skopeo's <c>dir:</c> transport reads it with all platforms.
/// A blob of several images is one file with several names, where the file system knows hard links. An image without a tag that no
/// index names gets a folder <c>app@sha256:…</c> at the end. A run that is killed goes on from <c>ROOT/.transfer-engine</c>.
/// Files are written on the calling thread.
/// </summary>
public sealed class DirTarget : IImageTarget
{
    private readonly string _root;
    private readonly FilePlacer _placer;
    private readonly StagingFolder _staging;
    private readonly FolderForest _forest;
    private readonly ImageFolderWriter _writer;

    private DirTarget(string root, LinkMode link)
    {
        _root = root;
        _placer = new FilePlacer(link);
        _forest = new FolderForest(root);
        _staging = new StagingFolder(_forest.Reader.Root);
        _writer = new ImageFolderWriter(_forest, _staging);
    }

    public string Endpoint => "dir:" + _root;

    public string? LocalPath => _forest.Reader.Root;

    public IReadOnlyList<string> Notes => !_staging.IsBegun ? [] :
    [
        .. _placer.Notes,
        $"Each image is a folder REPOSITORY:TAG below {_root}; 'skopeo copy --all dir:FOLDER docker://…' takes one from there.",
        .. _staging.IsLeft ? new[] { $"What is not in its folder yet lies in {Path.Join(_root, StagingFolder.Name)}: the same command goes on with it." } : [],
    ];

    /// <summary>Nothing is written before the first image comes.</summary>
    /// <param name="path">The forest's root; need not exist.</param>
    /// <param name="link">How blobs that are files of this machine get into it.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public static DirTarget Create(string path, LinkMode link = LinkMode.Auto)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            return new DirTarget(root, link);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unwritable(root, e).At(ErrorScope.Endpoint);
        }
    }

    public RepositoryName MapRepository(RepositoryName source) => source;

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(_root))
            throw Unusable("This is a file; images go into a folder.", "Give another path.");
        if (Directory.Exists(_root) && ImageFolder.FindManifest(_forest.Reader, _forest.Reader.Root) is not null)
            throw Unusable("This folder is an image itself; images go into folders NAME:TAG below the one that is given.", "Give the folder that shall hold them.");
        return Task.CompletedTask;
    }

    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => Attempt(repository, ErrorScope.Repository, () =>
        // What an earlier run staged, it staged for repositories that may have no tag yet.
        _forest.ListTags(repository) ?? (_staging.Exists ? new HashSet<Tag>() : null));

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Attempt(repository, ErrorScope.Image, () => reference.Digest is { } digest ? FindManifest(repository, digest) : FindTag(repository, reference));

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, ErrorScope.Blob, () => FindBlob(repository, digest)?.Length);

    /// <inheritdoc/>
    /// <remarks>What is staged is there for all repositories; from another repository's folders it is staged now.</remarks>
    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        Attempt(repository, ErrorScope.Blob, () =>
        {
            if (_staging.FindBlob(digest) is not null)
                return MountResult.Mounted;
            if (_forest.Of(from).FindBlob(digest) is not { } file)
                return MountResult.Refused;
            _staging.Require();
            new FilePlacer(LinkMode.Auto).Place(file.Path, _staging.PathOf(digest));
            return MountResult.Mounted;
        });

    public bool TakesFiles => true;

    public Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) =>
        Attempt(repository, ErrorScope.Blob, () =>
        {
            if (new FileInfo(file.Path) is not { Exists: true } found || found.Length != blob.Size)
                return false;
            _staging.Require();
            _placer.Place(file.Path, _staging.PathOf(blob.Digest));
            return true;
        });

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) => Attempt(repository, ErrorScope.Blob, () =>
    {
        var path = _staging.NewWork();
        File.Create(path).Dispose();
        return new UploadSession(repository, new Uri(path), 0);
    });

    /// <inheritdoc/>
    /// <remarks>What arrived before the content broke off is kept for the session alone, what is wrong not even for that.</remarks>
    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        var source = new SourceContent(content);
        try
        {
            var path = _staging.FindWork(session.Location.LocalPath)
                ?? throw new TransferException(new TransferError(ErrorCode.UploadSessionLost, "The upload is not there any more.") { Scope = ErrorScope.Blob, IsTransient = true });
            await ReceiveAsync(path, session.Offset, blob, source, cancellationToken).ConfigureAwait(false);
            File.Move(path, _staging.PathOf(blob.Digest), overwrite: true);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e) && !source.BrokeOffBy(e))
        {
            throw Unwritable(session.Repository, e, ErrorScope.Blob);
        }
        finally
        {
            await content.CompleteAsync().ConfigureAwait(false);
        }
    }

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Attempt(session.Repository, ErrorScope.Blob, () =>
        _staging.FindWork(session.Location.LocalPath) is { } path ? session with { Offset = new FileInfo(path).Length } : null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        try
        {
            if (_staging.FindWork(session.Location.LocalPath) is { } path)
                File.Delete(path);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            // The next run clears it away.
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>By tag, its folder is made. By digest it waits: most such manifests go into the folder of the index that names them.</remarks>
    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) => Attempt(repository, ErrorScope.Image, () =>
    {
        if (reference.Tag is not null)
            _writer.Write(repository, reference, manifest);
        else
            _writer.Stage(repository, manifest);
        return true;
    });

    public ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        SourceReads.Attempt<BlobContentStream?>(repository, digest, ErrorScope.Blob, () => FindBlob(repository, digest) is { } file
            ? new BlobContentStream(_forest.Reader.Open(file, 0), file.Length)
            : throw new TransferException(new TransferError(ErrorCode.BlobMissing, $"No folder of {repository} has the blob.") { Path = _root }), cancellationToken);

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        SourceReads.Attempt(repository, digest, ErrorScope.Blob, () => FindBlob(repository, digest) is { } file ? BlobFiles.Of(file.Path, file.Length) : null, cancellationToken);

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (!_staging.IsBegun && !_staging.Exists)
            return Task.CompletedTask;
        return Attempt(null, ErrorScope.Endpoint, () =>
        {
            _staging.Require();
            UntaggedImages.Write(_forest, _staging, _writer, cancellationToken);
            _staging.Delete();
            return true;
        });
    }

    public ValueTask DisposeAsync()
    {
        _staging.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task ReceiveAsync(string path, long offset, Descriptor blob, SourceContent content, CancellationToken cancellationToken)
    {
        try
        {
            await BlobReceiver.ReceiveAsync(path, offset, blob, content, cancellationToken).ConfigureAwait(false);
        }
        catch (TransferException e) when (!content.BrokeOffBy(e))
        {
            File.Delete(path);
            throw;
        }
    }

    private TreeFile? FindBlob(RepositoryName repository, Digest digest) =>
        _staging.FindBlob(digest) is { } length ? new TreeFile(_staging.PathOf(digest), length) : _forest.Of(repository).FindBlob(digest);

    private Digest? FindManifest(RepositoryName repository, Digest digest) =>
        _staging.HasManifest(repository, digest) || _forest.Of(repository).FindManifest(digest) is not null ? digest : null;

    private Digest? FindTag(RepositoryName repository, Reference reference)
    {
        var folder = _forest.PathOf(repository, reference);
        return Directory.Exists(folder) && ImageFolder.FindManifest(_forest.Reader, folder) is { } file
            ? Digest.OfSha256(_forest.Reader.ReadStart(file, Manifest.MaxBytes + 1)) : null;
    }

    private TransferException Unusable(string message, string hint) =>
        new(new TransferError(ErrorCode.TargetUnwritable, message) { Scope = ErrorScope.Endpoint, Path = _root, Hint = hint });

    private TransferException Unwritable(RepositoryName? repository, Exception e, ErrorScope scope)
    {
        var error = TreeErrors.Unwritable(repository is { } name ? Path.Join(_root, name.ToString()) : _root, e, scope).Error;
        return new TransferException(error with { Repository = repository }, e);
    }

    /// <summary>Completes at once; a failure travels in the task.</summary>
    private Task<T> Attempt<T>(RepositoryName? repository, ErrorScope scope, Func<T> action)
    {
        try
        {
            return Task.FromResult(action());
        }
        // The readers that are shared with sources speak of a source.
        catch (TransferException e) when (e.Error.Code is ErrorCode.SourceUnreadable or ErrorCode.SourceOutsideRoot)
        {
            return Task.FromException<T>(new TransferException(e.Error with { Code = ErrorCode.TargetUnwritable, Repository = repository, Scope = scope }, e.InnerException));
        }
        catch (TransferException e)
        {
            return Task.FromException<T>(e);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            return Task.FromException<T>(Unwritable(repository, e, scope));
        }
        catch (OperationCanceledException e)
        {
            return Task.FromException<T>(e);
        }
    }
}

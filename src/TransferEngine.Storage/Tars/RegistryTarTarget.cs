using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A tar of a registry's storage tree as a target, for places without a network: unpacked below a registry's <c>rootdirectory</c>, it is
/// served. Written from front to end, one member at a time, as <c>FILE.partial</c>; a killed run goes on behind the last whole member.
/// To an archive that is finished is added in a copy, which takes its place when the run is complete.
/// </summary>
public sealed class RegistryTarTarget : IImageTarget
{
    private readonly string _path;
    private readonly RegistryTreeView? _finished;
    private readonly Lazy<TarAppender> _archive;
    private readonly Lazy<RegistryTreeView> _unfinished;
    private readonly SemaphoreSlim _turn = new(1);

    private RegistryTarTarget(string path, RegistryTreeView? finished, FileOwner? owner, TimeProvider time)
    {
        (_path, _finished) = (path, finished);
        _archive = new Lazy<TarAppender>(() => Begin(path, finished, owner, time));
        _unfinished = new Lazy<RegistryTreeView>(() => RegistryTreeView.Of(new OpenedTree(Endpoint, _archive.Value.Contents)));
    }

    public string Endpoint => "registry-tar:" + _path;

    public string LocalPath => _path;

    // What is there so far; null if there is nothing.
    private RegistryTreeView? View => _archive.IsValueCreated || File.Exists(_path + TarAppender.Suffix) ? _unfinished.Value : _finished;

    /// <param name="path">The file. Makes nothing yet.</param>
    /// <param name="owner">Whom the members belong to where the archive is unpacked by root; null for root.</param>
    /// <param name="time">Tells when members were written.</param>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: there is a file that holds no storage tree.</exception>
    public static RegistryTarTarget Open(string path, FileOwner? owner = null, TimeProvider? time = null)
    {
        path = RealPath.Of(path);
        var finished = new FileInfo(path) is { Exists: true, Length: > 0 } ? RegistryTreeView.OpenTar(path) : null;
        return new RegistryTarTarget(path, finished, owner, time ?? TimeProvider.System);
    }

    public RepositoryName MapRepository(RepositoryName source) => source;

    public Task CheckAsync(CancellationToken cancellationToken) => Ask(() => View is not null);

    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => Ask<IReadOnlySet<Tag>?>(() =>
        View?.ListTags(repository)?.ToHashSet() ?? (View?.HasLayers(repository) == true ? new HashSet<Tag>() : null));

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) => Ask(() =>
        View is { } view && (reference.Tag is { } tag ? view.FindTag(repository, tag) : reference.Digest) is { } digest && view.HasManifest(repository, digest) ? digest : (Digest?)null);

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Ask(() => View?.FindBlob(repository, digest)?.Length);

    /// <inheritdoc/>
    /// <remarks>The tree has one store for all: it is enough that the blob is there.</remarks>
    public async Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken)
    {
        if (await Ask(() => View?.FindStored(digest)).ConfigureAwait(false) is null)
            return MountResult.Refused;
        await AppendAsync(repository, () => LinkLayerAsync(repository, digest, cancellationToken), cancellationToken).ConfigureAwait(false);
        return MountResult.Mounted;
    }

    public bool TakesFiles => true;

    public async Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken)
    {
        if (Open(file) is not { } opened)
            return false;
        await using var content = opened;
        await using var expected = new ExpectedContent(blob, content);
        return await PutAsync(repository, blob, expected, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is kept of an upload that breaks off.</remarks>
    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Ask(() => new UploadSession(repository, new Uri($"upload:///{Guid.NewGuid():D}"), 0));

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            await using var expected = new ExpectedContent(blob, content);
            if (await PutAsync(session.Repository, blob, expected, cancellationToken).ConfigureAwait(false))
                return;
            expected.ThrowIfFailed();
            throw expected.IsWhole ? BlobReceiver.WrongDigest(blob) : expected.Position < blob.Size ? BlobReceiver.EndedEarly(blob, expected.Position) : BlobReceiver.WentOn(blob);
        }
        finally
        {
            await content.CompleteAsync().ConfigureAwait(false);
        }
    }

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) =>
        AppendAsync(repository, () => WriteManifestAsync(repository, reference.Tag, manifest, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Manifests are read back like blobs.</remarks>
    public ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        new(Ask(() => View?.OpenContent(repository, digest)));

    public Task CompleteAsync(CancellationToken cancellationToken) => !_archive.IsValueCreated ? Task.CompletedTask : AppendAsync(null, () =>
    {
        _archive.Value.Complete(_path);
        return Task.CompletedTask;
    }, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _finished?.Dispose();
        if (_archive.IsValueCreated)
            _archive.Value.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private static TarAppender Begin(string path, RegistryTreeView? finished, FileOwner? owner, TimeProvider time)
    {
        if (finished is not null && finished.Reader.Root != "/" + GrowingTarReader.TreeFolder)
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, $"The archive is there already, with its tree at {finished.Reader.Root}, where nothing is added to it.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = $"Name another file, or pack it anew with the tree at {GrowingTarReader.TreeFolder}.",
            });
        try
        {
            return TarAppender.Open(path, owner, time);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unwritable(path + TarAppender.Suffix, e).At(ErrorScope.Endpoint);
        }
    }

    private bool Has(Descriptor blob) => _unfinished.Value.FindStored(blob.Digest)?.Length == blob.Size;

    private static FileStream? Open(BlobFile file)
    {
        try
        {
            return new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            return null;
        }
    }

    /// <returns>False if the content is not what was expected: nothing of it is in the archive.</returns>
    private async Task<bool> PutAsync(RepositoryName repository, Descriptor blob, ExpectedContent content, CancellationToken cancellationToken)
    {
        var isThere = false;
        await AppendAsync(repository, async () =>
        {
            isThere = Has(blob) || await WriteAsync(blob, content, cancellationToken).ConfigureAwait(false);
            if (isThere)
                await LinkLayerAsync(repository, blob.Digest, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return isThere;
    }

    private async Task<bool> WriteAsync(Descriptor blob, ExpectedContent content, CancellationToken cancellationToken)
    {
        try
        {
            return await _archive.Value.AppendAsync(BlobName(blob.Digest), content, () => content.IsSound, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (content.HasFailed)
        {
            return false;
        }
    }

    /// <summary>The bytes, then the revision, then the tag: whatever is cut off, nothing names what is not there.</summary>
    private async Task WriteManifestAsync(RepositoryName repository, Tag? tag, Manifest manifest, CancellationToken cancellationToken)
    {
        if (_unfinished.Value.FindMissing(repository, manifest) is { } missing)
            throw TreeErrors.Unknown(repository, missing);
        var canonical = Digest.OfSha256(manifest.Bytes.Span);
        if (_unfinished.Value.FindStored(canonical)?.Length != manifest.Bytes.Length)
            await WriteAsync(BlobName(canonical), manifest.Bytes.ToArray(), cancellationToken).ConfigureAwait(false);
        var manifests = $"{Folder(repository)}/{RepositoryWalk.ManifestsFolder}";
        foreach (var name in manifest.Digest == canonical ? [canonical] : new[] { canonical, manifest.Digest })
            await LinkAsync($"{manifests}/revisions/{name.Algorithm}/{name.Hex}", canonical, cancellationToken).ConfigureAwait(false);
        if (tag is null)
            return;
        await LinkAsync($"{manifests}/tags/{tag}/index/{canonical.Algorithm}/{canonical.Hex}", canonical, cancellationToken).ConfigureAwait(false);
        await LinkAsync($"{manifests}/tags/{tag}/current", canonical, cancellationToken).ConfigureAwait(false);
    }

    private Task LinkLayerAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        LinkAsync($"{Folder(repository)}/{RegistryTreeView.Layers}/{digest.Algorithm}/{digest.Hex}", digest, cancellationToken);

    private Task LinkAsync(string folder, Digest digest, CancellationToken cancellationToken) => _unfinished.Value.ReadLink("/" + folder) == digest
        ? Task.CompletedTask : WriteAsync($"{folder}/{RegistryTreeView.Link}", Encoding.ASCII.GetBytes(digest.ToString()), cancellationToken);

    private Task<bool> WriteAsync(string name, byte[] content, CancellationToken cancellationToken) =>
        _archive.Value.AppendAsync(name, new MemoryStream(content, writable: false), null, cancellationToken);

    private static string BlobName(Digest digest) =>
        $"{GrowingTarReader.TreeFolder}/{BlobStore.BlobsFolder}/{digest.Algorithm}/{digest.Hex[..2]}/{digest.Hex}/{BlobStore.Data}";

    private static string Folder(RepositoryName repository) => $"{GrowingTarReader.TreeFolder}/{RepositoryWalk.RepositoriesFolder}/{repository}";

    /// <summary>One at a time appends; its failures name the file and the repository.</summary>
    private async Task AppendAsync(RepositoryName? repository, Func<Task> append, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await append().ConfigureAwait(false);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            var error = TreeErrors.Unwritable(_path + TarAppender.Suffix, e).Error;
            // Where nothing more fits the run ends: completed with what does, the archive could not be gone on with.
            throw new TransferException(error with { Repository = repository, Scope = error.Code == ErrorCode.TargetFull ? ErrorScope.Endpoint : error.Scope }, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Completes at once; a failure travels in the task.</summary>
    private static Task<T> Ask<T>(Func<T> action)
    {
        try
        {
            return Task.FromResult(action());
        }
        catch (TransferException e)
        {
            return Task.FromException<T>(e);
        }
    }
}

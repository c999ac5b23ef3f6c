using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// An archive for <c>docker load</c>: <c>manifest.json</c>, configs as they are, layers uncompressed, each distinct content once. It
/// grows as <c>FILE.partial</c>, one member at a time, and gets its name when all is in it. A run that was killed starts over: of a
/// partial file nobody can tell what is whole. An archive that is finished is not added to; it can be verified, and a run that would
/// change nothing ends well. An index becomes the one image in it that can be run; what only a digest names is left out.
/// </summary>
public sealed class DockerArchiveTarget : IImageTarget
{
    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly Lazy<FinishedArchive?> _finished;
    private readonly SavedImages _images;
    private PartialArchive? _partial;
    private IReadOnlyList<string> _notes = [];
    private bool _isCompleted;

    private DockerArchiveTarget(string path)
    {
        _path = path;
        _finished = new Lazy<FinishedArchive?>(() => FinishedArchive.TryOpen(path));
        _images = new SavedImages(member => Partial().Read(member));
    }

    public string Endpoint => "docker-archive:" + _path;

    public IReadOnlyList<string> Notes => _isCompleted || _partial is null ? _notes
        : [$"{_path} was not finished, and nothing could go on with what is there of it: it is taken away, and the same command writes it anew."];

    /// <summary>Nothing is opened or written yet.</summary>
    /// <param name="path">The archive's name when it is complete.</param>
    public static DockerArchiveTarget Create(string path) => new(Path.GetFullPath(path));

    public RepositoryName MapRepository(RepositoryName source) => source;

    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, or there is a file of that name that is no archive.</exception>
    public Task CheckAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(_path) || !Directory.Exists(Path.GetDirectoryName(_path)))
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, Directory.Exists(_path) ? "This is a folder." : "The folder that it should be in does not exist.")
            { Scope = ErrorScope.Endpoint, Path = _path });
        _ = _finished.Value;
        return Task.CompletedTask;
    }

    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var tags = (_finished.Value?.TagsOf(repository) ?? _images.TagsOf(repository)).Keys.ToHashSet();
        return Task.FromResult<IReadOnlySet<Tag>?>(tags.Count == 0 ? null : tags);
    }

    /// <inheritdoc/>
    /// <exception cref="TransferException">The archive was not written by this program: nothing in it tells the digests that its images had.</exception>
    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) => _finished.Value switch
    {
        null => Task.FromResult<IReadOnlyDictionary<Tag, Digest>?>(_images.TagsOf(repository)),
        { IsRecorded: true } finished => Task.FromResult<IReadOnlyDictionary<Tag, Digest>?>(finished.TagsOf(repository)),
        _ => Task.FromException<IReadOnlyDictionary<Tag, Digest>?>(new TransferException(
            new TransferError(ErrorCode.TargetRejected, "The archive does not tell which digests its images had, so it can't be compared: another program wrote it.")
            { Scope = ErrorScope.Endpoint, Path = _path, Hint = "Compare image IDs, for example by skopeo inspect --config." })),
    };

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        Digest? found = (reference.Tag, _finished.Value) switch
        {
            ({ } tag, { } finished) => finished.TagsOf(repository).TryGetValue(tag, out var digest) ? digest : null,
            ({ } tag, null) => _images.Find(repository, tag)?.Root.Digest,
            (null, { } finished) => finished.HasManifest(repository, reference.Digest!.Value) ? reference.Digest : null,
            (null, null) => _images.HasManifest(repository, reference.Digest!.Value) ? reference.Digest : null,
        };
        return Task.FromResult(found);
    }

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Task.FromResult(_finished.Value is { } finished ? finished.FindBlob(digest) : _images.FindBlob(digest)?.Blob.Size);

    /// <inheritdoc/>
    /// <remarks>Whatever repository a blob came in for, all have it.</remarks>
    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        Task.FromResult(_images.FindBlob(digest) is not null ? MountResult.Mounted : MountResult.Refused);

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        Partial();
        return Task.FromResult(new UploadSession(repository, new Uri("docker-archive:blob"), 0));
    }

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                _images.Add(new StagedBlob(blob, await StageAsync(blob, content.AsStream(leaveOpen: true), cancellationToken)));
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Half a member is not kept.</remarks>
    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            Partial();
            _images.Put(repository, reference, manifest);
            return Task.CompletedTask;
        }
        catch (TransferException e)
        {
            return Task.FromException(e);
        }
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_isCompleted || _partial is null || !_images.Tags.Any())
                return;
            cancellationToken.ThrowIfCancellationRequested();
            var notes = ArchiveIndex.Notes(_images);
            _partial.Compact(_images.Tidy().Contains, cancellationToken);
            _partial.Append("manifest.json", ArchiveIndex.Manifest(_images));
            _partial.Append("repositories", ArchiveIndex.Repositories(_images));
            _partial.Append(ArchiveRecord.Member, ArchiveRecord.Of(_images).ToBytes());
            _partial.Complete(_path);
            _isCompleted = true;
            _notes = notes;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Removes what was not completed: nothing could go on with it.</summary>
    public ValueTask DisposeAsync()
    {
        _partial?.Dispose();
        if (_finished.IsValueCreated)
            _finished.Value?.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<StagedMember> StageAsync(Descriptor blob, Stream packed, CancellationToken cancellationToken)
    {
        using var hash = blob.Digest.CreateHash();
        await using var hashed = new HashingStream(packed, hash);
        try
        {
            var (content, isLayer) = await LayerUnpacking.OpenAsync(blob, hashed, cancellationToken);
            await using (content)
            {
                // What may stand behind the compressed content belongs to the blob's digest, so the end is read before it is checked.
                return await Partial().AppendAsync(content, isLayer ? ".tar" : ".json", () => VerifyAsync(blob, hashed, hash, cancellationToken), cancellationToken);
            }
        }
        catch (InvalidDataException e)
        {
            // What is not the blob at all is called so.
            await VerifyAsync(blob, hashed, hash, cancellationToken);
            throw LayerUnpacking.Refused(blob, $"can't be unpacked ({Printable.Of(e.Message)})");
        }
    }

    private static async Task VerifyAsync(Descriptor blob, HashingStream packed, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var rest = new byte[16 * 1024];
        while (await packed.ReadAsync(rest, cancellationToken) > 0)
            continue;
        if (packed.Count != blob.Size)
            throw BlobReceiver.WrongSize(blob, $"has {packed.Count} bytes, {blob.Size} were announced");
        if (!blob.Digest.Matches(hash))
            throw BlobReceiver.WrongDigest(blob);
    }

    private PartialArchive Partial()
    {
        lock (_lock)
        {
            if (_partial is not null)
                return _partial;
            if (_finished.Value is not null)
                throw new TransferException(new TransferError(ErrorCode.TargetRejected, "There is a finished archive of this name, and nothing is added to one.")
                { Scope = ErrorScope.Endpoint, Path = _path, Hint = "Remove it, or choose another name." });
            return _partial = PartialArchive.Create(_path + ".partial");
        }
    }
}

using System.IO.Pipelines;

namespace TransferEngine.Images;

/// <summary>
/// Where images go, operation by operation as the OCI distribution specification names them. All methods may be
/// called concurrently. Requests without a body are retried inside; requests with a streamed body are not,
/// because only the caller can open the content again. Failures are <see cref="TransferException"/>s, whose scope is that of the
/// operation: a blob's trouble is <see cref="ErrorScope.Blob"/>, a manifest's or tag's <see cref="ErrorScope.Image"/>, a list's or a refusal
/// of all writing <see cref="ErrorScope.Repository"/>; <see cref="ErrorScope.Endpoint"/> is said only where nothing more can be done at
/// the target at all: it is gone for good, or its disk is full. Cancellation by the caller is an
/// <see cref="OperationCanceledException"/>, and nothing else is.
/// Every write is atomic (there as a whole under its digest or tag, or not at all) and idempotent (again is as good as once). A repository
/// comes into being by the first write into it. What these members promise is tried out by one suite that every implementation passes.
/// </summary>
public interface IImageTarget : IAsyncDisposable
{
    /// <summary>The endpoint as the user may see it: normalised, without secrets. Part of the job's identity.</summary>
    string Endpoint { get; }

    /// <summary>The target's name of a source repository: the endpoint's own prefix is put in front.</summary>
    /// <exception cref="TransferException">The mapped name is too long or not valid.</exception>
    RepositoryName MapRepository(RepositoryName source);

    /// <summary>True if <see cref="MapRepository"/> can give two names the same result. Known after <see cref="CheckAsync"/>.</summary>
    bool CanMergeNames => false;

    /// <summary>Finds out whether the endpoint is there, speaks the protocol and takes the credentials, before anything is sent.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The tags that a repository has, all of them or an error; null if the target does not know the repository, so that nothing in it
    /// need be asked for.
    /// </summary>
    Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>
    /// A repository's tags with their digests, where the target has a list of its own that tells them; null where it has none, or none
    /// that this user may see: then each is asked for by <see cref="HeadManifestAsync"/>. What it says is right; what it does not
    /// mention may be there all the same (Harbor hides signatures) and is asked for too.
    /// </summary>
    Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<Tag, Digest>?>(null);

    /// <summary>
    /// HEAD of a manifest: its digest, or null if it is not there or the target does not let this user look, as some registries do before
    /// a push. Never a GET, which registries count as a pull.
    /// </summary>
    Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken);

    /// <summary>HEAD of a blob: its size in bytes as it is held, or null if this repository does not have it (or does not let this user look).</summary>
    Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// POST with <c>mount</c> and <c>from</c>. 201 is <see cref="MountResult.Mounted"/>: the repository has the blob now; 202 hands over the
    /// session that the registry opened instead; a refusal (400, 401, 403, 404) hands over nothing: upload. A blob that the target does
    /// not have is never mounted.
    /// </summary>
    Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken);

    /// <summary>True where blobs can be given as files: <see cref="TakeFileAsync"/> may say yes. Only then are files looked for and hashed.</summary>
    bool TakesFiles => false;

    /// <summary>
    /// Takes a blob from a file of this machine, by hard link, reflink or copy, in place of an upload. The descriptor's size is the file's,
    /// and the digest was checked by the caller, unless the user gave that up.
    /// False, at once, where the target does not keep files or the file can't be taken: then it is uploaded.
    /// </summary>
    Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>POST that opens an upload session.</summary>
    Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>
    /// Streams the content from <see cref="UploadSession.Offset"/> to the end and commits it under the descriptor's digest, if the whole has
    /// that digest and size: <see cref="ErrorCode.BlobDigestMismatch"/> or <see cref="ErrorCode.BlobSizeMismatch"/> if not, and nothing is
    /// kept. An exception by which the content ended is thrown on, and nothing is kept under the digest; cancelled likewise.
    /// Reads <paramref name="content"/> to its end unless it fails, and completes it, whatever happens. Not retried.
    /// </summary>
    Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken);

    /// <summary>GET of a session after a broken upload: where to go on, as the target's own answer says, or null if it was dropped.</summary>
    Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken);

    /// <summary>DELETE of a session that will not be finished. Best effort: failures are swallowed.</summary>
    Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the target can do with one more manifest for this repository; what is returned is disposed after the push. Null,
    /// at once, where the target sets no such bound. Called before a request's place in the engine's lane is taken, so that a queue
    /// in front of one project holds up no other.
    /// </summary>
    ValueTask<IDisposable?> EnterManifestPushAsync(RepositoryName repository, CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    /// <summary>
    /// PUT of a manifest under a tag or its digest, with the bytes and media type it was stored with. Refused with
    /// <see cref="ErrorCode.TargetBlobUnknown"/> where the same repository lacks a blob or a child manifest that it names, foreign layers
    /// aside; the sizes that it states are not looked at. A <c>subject</c> need not be there. The manifest is there when this returns,
    /// by proof: a success that could be anybody's (a proxy's page with 200) is not believed.
    /// </summary>
    Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken);

    /// <summary>
    /// The content of a blob, read back; null where that is no file of this machine, or costs a pull. Throws like
    /// <see cref="IImageSource.OpenBlobAsync"/>.
    /// </summary>
    ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => ValueTask.FromResult<BlobContentStream?>(null);

    /// <summary>The file that holds a blob, as <see cref="IImageSource.FindFileAsync"/> says; null where there is none.</summary>
    ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => ValueTask.FromResult<BlobFile?>(null);

    /// <summary>
    /// All that goes here is here: an archive gets its end and its name. Called once, by a run that was not interrupted, also if some
    /// images failed; after it nothing else is called but <see cref="IAsyncDisposable.DisposeAsync"/>, which alone leaves unfinished
    /// what a later run can go on with.
    /// </summary>
    Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The folder or file of this machine that holds it all, with no link in its path; null where it is elsewhere.</summary>
    string? LocalPath => null;

    /// <summary>The registry that it writes to, all of whose repositories <see cref="MountBlobAsync"/> may name; null where it is none.</summary>
    RegistryPlace? Registry => null;

    /// <summary>What the user should know or still has to do, in whole sentences; told once, at the end of a run.</summary>
    IReadOnlyList<string> Notes => [];
}

/// <summary>What came of a mount: done, or a session to upload into, or neither.</summary>
public readonly record struct MountResult(bool IsMounted, UploadSession? Session)
{
    public static MountResult Mounted => new(true, null);

    public static MountResult Refused => new(false, null);
}

/// <summary>An open upload session (distribution specification, "Pushing blobs").</summary>
/// <param name="Repository">The repository it belongs to.</param>
/// <param name="Location">Where the next request goes, absolute, query included: opaque and possibly signed, never rebuilt nor logged.</param>
/// <param name="Offset">Bytes that the registry already has.</param>
public sealed record UploadSession(RepositoryName Repository, Uri Location, long Offset)
{
    public override string ToString() => $"upload into {Repository} at {Offset}";
}

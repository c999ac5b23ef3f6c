using System.IO.Pipelines;

namespace TransferEngine.Images;

/// <summary>
/// Where images go, operation by operation as the OCI distribution specification names them. All methods may be
/// called concurrently. Requests without a body are retried inside; requests with a streamed body are not,
/// because only the caller can open the content again. Failures are <see cref="TransferException"/>s.
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

    /// <summary>The tags that a repository has; null if the registry does not know the repository.</summary>
    Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>
    /// A repository's tags with their digests, where the target has a list of its own that tells them; null where it has none, or none
    /// that this user may see: then each is asked for by <see cref="HeadManifestAsync"/>.
    /// </summary>
    Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<Tag, Digest>?>(null);

    /// <summary>HEAD of a manifest: its digest, or null if it is not there. Never a GET, which registries count as a pull.</summary>
    Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken);

    /// <summary>HEAD of a blob: its size in bytes, or null if this repository does not have it.</summary>
    Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// POST with <c>mount</c> and <c>from</c>. 201 is <see cref="MountResult.Mounted"/>; 202 hands over the session that
    /// the registry opened instead; a refusal (400, 401, 403, 404) hands over nothing: upload.
    /// </summary>
    Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a blob from a file of this machine, by hard link, reflink or copy, in place of an upload. Size and, if asked for, digest
    /// were checked by the caller. False, at once, where the target does not keep files or the file can't be taken: then it is uploaded.
    /// </summary>
    Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>POST that opens an upload session.</summary>
    Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>
    /// Streams the content from <see cref="UploadSession.Offset"/> to the end and commits it under the descriptor's digest.
    /// Reads <paramref name="content"/> to its end and completes it, whatever happens. Not retried.
    /// </summary>
    Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken);

    /// <summary>GET of a session after a broken upload: where to go on, or null if the registry has dropped it.</summary>
    Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken);

    /// <summary>DELETE of a session that will not be finished. Best effort: failures are swallowed.</summary>
    Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the target can do with one more manifest for this repository; what is returned is disposed after the push. Null,
    /// at once, where the target sets no such bound. Called before a request's place in the engine's lane is taken, so that a queue
    /// in front of one project holds up no other.
    /// </summary>
    ValueTask<IDisposable?> EnterManifestPushAsync(RepositoryName repository, CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    /// <summary>PUT of a manifest under a tag or its digest, with the bytes and media type it was stored with.</summary>
    Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken);

    /// <summary>
    /// All that goes here is here: an archive gets its end and its name. Called once, by a run that was not interrupted, also if some
    /// images failed; after it nothing else is called but <see cref="IAsyncDisposable.DisposeAsync"/>, which alone leaves unfinished
    /// what a later run can go on with.
    /// </summary>
    Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The folder or file of this machine that holds it all, with no link in its path; null where it is elsewhere.</summary>
    string? LocalPath => null;

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

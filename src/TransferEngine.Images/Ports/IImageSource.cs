using System.Runtime.CompilerServices;

namespace TransferEngine.Images;

/// <summary>
/// Where images come from. Everything is lazy and read-only; all methods may be called concurrently.
/// Expected failures are <see cref="TransferException"/>s, or <see cref="SourceImage.Error"/> where only one
/// image of a listing is concerned. The scope of an error is that of the operation: a blob's trouble is <see cref="ErrorScope.Blob"/>,
/// a manifest's <see cref="ErrorScope.Image"/>, a listing's <see cref="ErrorScope.Repository"/>; <see cref="ErrorScope.Endpoint"/> is
/// said only where nothing more can be had from the source at all. Cancellation by the caller is an
/// <see cref="OperationCanceledException"/>, and nothing else is: a source that does not answer in time is an error.
/// </summary>
public interface IImageSource : IAsyncDisposable
{
    /// <summary>The endpoint as the user may see it: normalised, without secrets. Part of the job's identity.</summary>
    string Endpoint { get; }

    /// <summary>
    /// All repositories, each once, in ordinal order where that costs nothing. A repository whose folder can't be read is
    /// listed with its error. The list is whole, or it ends with an exception: it never just stops where its next part can't be had.
    /// </summary>
    IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The tags of a repository, each once, and with <paramref name="untagged"/> the revisions that no tag names. Whole, or it ends with
    /// an exception. A repository that is not there has none.
    /// </summary>
    IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken);

    /// <summary>
    /// The images of <see cref="ListImagesAsync"/> by name alone: tags, and digests of untagged revisions. For counting: a source in
    /// which each digest costs a request gives the names without it.
    /// </summary>
    async IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var image in ListImagesAsync(repository, untagged, cancellationToken))
            yield return image.Name;
    }

    /// <summary>One image by its tag or digest, or null if the source does not have it.</summary>
    /// <exception cref="TransferException">The source can't tell.</exception>
    async ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        if (reference.Digest is { } digest)
        {
            try
            {
                return new SourceImage(digest.ToString(), null, (await ReadManifestAsync(repository, digest, cancellationToken)).Digest);
            }
            catch (TransferException e) when (e.Error.Code is ErrorCode.ManifestMissing or ErrorCode.RevisionMissing)
            {
                return null;
            }
        }
        await foreach (var image in ListImagesAsync(repository, untagged: false, cancellationToken))
        {
            if (image.Tag == reference.Tag)
                return image;
        }
        return null;
    }

    /// <summary>
    /// The stored bytes of a manifest, checked against <paramref name="digest"/> and bounded to
    /// <see cref="Manifest.MaxBytes"/>.
    /// </summary>
    /// <exception cref="TransferException">Missing, too large, not matching its digest, or unreadable.</exception>
    ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// The manifests of the repository whose <c>subject</c> is this one (specification, "Listing Referrers"): signatures, SBOMs and
    /// the like. None where the source can't tell; then they are found by their fallback tag, as images of their own.
    /// </summary>
    IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) => NoReferrers();

    /// <summary>
    /// Size in bytes of a blob as it is held, whatever manifests say of it; null if the source does not hold it. Cheap: no content is read.
    /// </summary>
    ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// The content of a blob from <paramref name="offset"/>, with the length of the whole; not verified. The caller disposes it. An
    /// offset at or behind the end gives no bytes.
    /// </summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobMissing"/> or unreadable, with <see cref="ErrorScope.Blob"/>.</exception>
    ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken);

    /// <summary>
    /// The file that holds exactly this blob's content, where there is one on this machine: a target that keeps files may link it.
    /// Not verified. Null where the content is not a file of its own.
    /// </summary>
    /// <exception cref="TransferException">Missing or unreadable.</exception>
    ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => ValueTask.FromResult<BlobFile?>(null);

    /// <summary>
    /// Why part of the source could not be read, so that there may have been images nobody can name: an archive that was cut short.
    /// Null where all is there. A run over such a source never counts as complete.
    /// </summary>
    TransferError? Damage => null;

    /// <summary>The folder or file of this machine that holds it all, with no link in its path; null where it is elsewhere.</summary>
    string? LocalPath => null;

    /// <summary>The registry that it reads, whose repositories have the names there that they have here; null where it is none.</summary>
    RegistryPlace? Registry => null;

    /// <summary>What the user should know of how it was read, in whole sentences; told once, at the end of a run.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Where the user would find a blob (a path, a URL without secrets), for messages; null where that says nothing.</summary>
    string? Locate(RepositoryName repository, Digest digest) => null;

    private static async IAsyncEnumerable<Digest> NoReferrers()
    {
        await Task.CompletedTask;
        yield break;
    }
}

/// <summary>A file on this machine.</summary>
/// <param name="Path">Its full path, itself no link.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Stamp">
/// Tells this content of this file from any other or later one, so that what is known of it can be kept; null where the system tells none.
/// </param>
public sealed record BlobFile(string Path, long Length, FileStamp? Stamp = null);

/// <summary>Which file it is, and when its content and its inode were last changed (<c>statx(2)</c>), in nanoseconds since 1970.</summary>
public readonly record struct FileStamp(ulong Device, ulong Inode, long ModifiedAt, long ChangedAt);

/// <summary>A repository found in a source; with an error, it is known by name but can't be read.</summary>
/// <param name="Name">As found; may be no valid name if there is an error saying so.</param>
/// <param name="Repository">The valid name, null only beside an error.</param>
/// <param name="Error">Why the repository can't be taken.</param>
public sealed record SourceRepository(string Name, RepositoryName? Repository, TransferError? Error = null);

/// <summary>One image of a listing: a tag, or an untagged revision.</summary>
/// <param name="Name">The tag or digest as found, also where it is not valid.</param>
/// <param name="Tag">The tag; null for an untagged revision.</param>
/// <param name="Digest">The manifest's digest; null only beside an error.</param>
/// <param name="Error">Why the image can't be taken.</param>
public sealed record SourceImage(string Name, Tag? Tag, Digest? Digest, TransferError? Error = null);

using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Blobs;

/// <summary>Whether a target's repository has a blob as the source has it. The same for runs, plans and verifications.</summary>
internal static class BlobCheck
{
    /// <summary>By requests of the run's lane.</summary>
    public static Task<long?> FindAsync(MigrationContext context, BlobProtocol.PlaceBlob place, Digest digest, CancellationToken cancellationToken) =>
        FindAsync(context.Source, place.Source, place.Blob with { Digest = digest },
            token => context.Work.RequestAsync(request => context.Target.HeadBlobAsync(place.Target, digest, request), token), cancellationToken);

    /// <summary>
    /// The blob's length at the target; null if it is not there, or is there with a length that neither the manifest states nor the source has.
    /// The source is asked only where manifest and target disagree: then the manifest may be the one that is wrong.
    /// </summary>
    public static async Task<long?> FindAsync(
        IImageSource source, RepositoryName repository, Descriptor blob, Func<CancellationToken, Task<long?>> headAsync, CancellationToken cancellationToken) =>
        await headAsync(cancellationToken) is { } length
            && (length == blob.Size || length == await source.FindBlobAsync(repository, blob.Digest, cancellationToken))
            ? length : null;
}

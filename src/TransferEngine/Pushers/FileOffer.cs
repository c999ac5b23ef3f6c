using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Pushers;

/// <summary>Offers a blob as a file to a target that keeps files: a link in place of a stream.</summary>
internal sealed class FileOffer(MigrationContext context)
{
    /// <returns>True if the target took it; an error where the source's content is wrong. Else it has to be uploaded.</returns>
    /// <exception cref="TransferException">The source or the target failed.</exception>
    public async Task<BlobOutcome?> TryAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        if (await context.Source.FindFileAsync(push.Place.Source, push.Blob.Digest, cancellationToken) is not { } file)
            return null;
        if (file.Length != push.Blob.Size)
            return new BlobOutcome(BlobPump.WrongSize(push.Blob, $"has {file.Length}") with { Path = file.Path });
        if (context.Job.VerifySource && !await ContentHash.MatchesAsync(context.Source, push.Place.Source, push.Blob, cancellationToken))
            return new BlobOutcome(BlobPump.WrongDigest(push.Blob) with { Path = file.Path });
        return await context.Target.TakeFileAsync(push.Place.Target, push.Blob, file, cancellationToken) ? new BlobOutcome(null, IsTaken: true) : null;
    }
}

/// <summary>What came of bringing a blob to the target.</summary>
/// <param name="Error">Why it is not there; null when it is.</param>
/// <param name="IsTaken">It was taken as a file; nothing was streamed.</param>
internal sealed record BlobOutcome(TransferError? Error, bool IsTaken = false);

using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Pushers;

/// <summary>
/// Offers a blob as a file to a target that keeps files: a link in place of a stream. Nobody else would notice that the file is damaged, so
/// it is hashed before, unless that was done already and the file has not changed since.
/// </summary>
internal sealed class FileOffer(JobRuntime runtime)
{
    /// <returns>What came of it; null where the blob has to be uploaded.</returns>
    /// <exception cref="TransferException">The target failed.</exception>
    public async Task<BlobOutcome?> TryAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        if (!runtime.Target.TakesFiles)
            return null;
        BlobFile? file;
        try
        {
            file = await runtime.Source.FindFileAsync(push.Place.Source, push.Blob.Digest, cancellationToken);
            if (file is null)
                return null;
            if ((runtime.Job.HashFiles || runtime.Job.VerifySource) && !await IsSoundAsync(push, file, cancellationToken))
                return BlobOutcome.FailedAtSource(BlobPump.WrongDigest(push.Blob.Digest) with { Path = file.Path });
        }
        catch (TransferException e)
        {
            return BlobOutcome.FailedAtSource(e.Error);
        }
        var blob = push.Blob with { Size = file.Length };
        return await runtime.Target.TakeFileAsync(push.Place.Target, blob, file, cancellationToken) ? BlobOutcome.Taken(file.Length) : null;
    }

    private async Task<bool> IsSoundAsync(PusherProtocol.PushBlob push, BlobFile file, CancellationToken cancellationToken)
    {
        var digest = push.Blob.Digest;
        if (runtime.Hashed.Find(file, digest.Algorithm) is { } known)
            return known == digest;
        if (!await ContentHash.MatchesAsync(runtime.Source, push.Place.Source, digest, cancellationToken))
            return false;
        runtime.Hashed.Add(file, digest);
        return true;
    }
}

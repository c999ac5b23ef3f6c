using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Telemetry;

namespace TransferEngine.Blobs;

/// <summary>Whether a target's repository has a blob as the source has it, by a request of the run's lane.</summary>
internal static class BlobCheck
{
    /// <summary>
    /// The blob's length at the target; null if it is not there, or is there with a length that neither the manifest states nor the source has.
    /// The source is asked only where manifest and target disagree: then the manifest may be the one that is wrong.
    /// </summary>
    public static async Task<long?> FindAsync(JobRuntime runtime, BlobProtocol.PlaceBlob place, Digest digest, CancellationToken cancellationToken)
    {
        using var activity = TransferActivity.StartBlob(TransferActivity.FindBlob, place.Trace, place.Target, digest);
        try
        {
            var found = await runtime.Work.RequestAsync(token => runtime.Target.HeadBlobAsync(place.Target, digest, token), cancellationToken) is { } length
                && (length == place.Blob.Size || length == await runtime.Source.FindBlobAsync(place.Source, digest, cancellationToken))
                ? length : (long?)null;
            activity.End(found is null ? Outcomes.Missing : Outcomes.AlreadyThere);
            return found;
        }
        catch (Exception e)
        {
            activity.End(e);
            throw;
        }
    }
}

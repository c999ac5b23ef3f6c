using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Repositories;
using TransferEngine.Telemetry;

namespace TransferEngine.Blobs;

/// <summary>Whether a target's repository has a blob as the source has it, by a request of the run's lane.</summary>
internal static class BlobCheck
{
    /// <summary>
    /// The blob's length at the target; null if it is not there, or is there with a length that neither the manifest states nor the source has.
    /// The source is asked only where manifest and target disagree: then the manifest may be the one that is wrong.
    /// </summary>
    public static Task<long?> FindAsync(JobRuntime runtime, BlobProtocol.PlaceBlob place, CancellationToken cancellationToken) => FindAsync(
        runtime, place, () => runtime.Work.RequestAsync(token => runtime.Target.HeadBlobAsync(place.Target, place.Blob.Digest, token), cancellationToken), cancellationToken);

    /// <summary>
    /// Looks for many blobs of one repository, one after the other in one place of the lane. What can't be looked for counts as missing: whoever
    /// asks for it again is told why.
    /// </summary>
    public static Task<RepositoryProtocol.BlobsLookedFor> FindAllAsync(
        JobRuntime runtime, IReadOnlyList<BlobProtocol.PlaceBlob> places, CancellationToken cancellationToken) => runtime.Work.RequestAsync(async token =>
        {
            var found = new List<FoundBlob>(places.Count);
            var missing = new List<BlobProtocol.PlaceBlob>();
            foreach (var place in places)
            {
                if (await TryFindAsync(runtime, place, token) is { } length)
                    found.Add(new FoundBlob(place, length));
                else
                    missing.Add(place);
            }
            return new RepositoryProtocol.BlobsLookedFor(found, missing);
        }, cancellationToken);

    private static async Task<long?> TryFindAsync(JobRuntime runtime, BlobProtocol.PlaceBlob place, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(runtime, place, () => runtime.Target.HeadBlobAsync(place.Target, place.Blob.Digest, cancellationToken), cancellationToken);
        }
        catch (TransferException)
        {
            return null;
        }
    }

    private static async Task<long?> FindAsync(JobRuntime runtime, BlobProtocol.PlaceBlob place, Func<Task<long?>> headAsync, CancellationToken cancellationToken)
    {
        var digest = place.Blob.Digest;
        using var activity = TransferActivity.StartBlob(TransferActivity.FindBlob, place.Trace, place.Target, digest);
        try
        {
            var found = await headAsync() is { } length
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

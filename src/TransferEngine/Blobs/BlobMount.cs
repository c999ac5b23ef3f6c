using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Telemetry;

namespace TransferEngine.Blobs;

/// <summary>One mount from another of the target's repositories, as a trace shows it.</summary>
internal static class BlobMount
{
    public static Task<MountResult> TryAsync(
        JobRuntime runtime, BlobProtocol.PlaceBlob place, RepositoryName from, CancellationToken cancellationToken)
    {
        var digest = place.Blob.Digest;
        return TransferActivity.IsListenedTo ? TraceAsync() : runtime.Target.MountBlobAsync(place.Target, digest, from, cancellationToken);

        async Task<MountResult> TraceAsync()
        {
            using var activity = TransferActivity.StartBlob(TransferActivity.MountBlob, place.Trace, place.Target, digest);
            try
            {
                var result = await runtime.Target.MountBlobAsync(place.Target, digest, from, cancellationToken);
                activity.End(result.IsMounted ? Outcomes.Mounted : Outcomes.Refused);
                return result;
            }
            catch (Exception e)
            {
                activity.End(e);
                throw;
            }
        }
    }
}

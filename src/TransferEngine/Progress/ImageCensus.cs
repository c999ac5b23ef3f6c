using TransferEngine.Images;

namespace TransferEngine.Progress;

/// <summary>Counts the images of a job ahead of the work, so that a display can tell how much is left.</summary>
internal static class ImageCensus
{
    public static async Task<bool> CountAsync(MigrationJob job, MigrationMeter meter, CancellationToken cancellationToken)
    {
        long count = 0;
        await foreach (var found in job.Source.ListRepositoriesAsync(cancellationToken))
        {
            if (found.Repository is not { } repository || found.Error is not null || !job.Selection.Wants(repository))
                continue;
            try
            {
                await foreach (var name in job.Source.ListNamesAsync(repository, job.Untagged, cancellationToken))
                    count += job.Selection.Wants(Tag.TryParse(name, out var tag) ? tag : null) ? 1 : 0;
            }
            catch (TransferException)
            {
                // The run itself meets this repository again, and reports it.
            }
        }
        meter.ExpectImages(count);
        return true;
    }
}

using TransferEngine.Images;

namespace TransferEngine.Planning;

/// <summary>
/// Goes over the selected repositories of a source, several at once, for the commands that only look. What is damaged is
/// handed over like the rest.
/// </summary>
internal static class RepositoryWalk
{
    public static async Task RunAsync(
        MigrationJob job, int width, Action<ImageResult> onProblem,
        Func<RepositoryName, IReadOnlyList<SourceImage>, CancellationToken, Task> onRepository, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = width, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(job.Source.ListRepositoriesAsync(cancellationToken), parallel, async (found, token) =>
        {
            if (found.Repository is not { } repository || found.Error is not null)
            {
                onProblem(new ImageResult(found.Name, "*", ImageOutcome.Failed, null, found.Error));
                return;
            }
            if (!job.Selection.Wants(repository))
                return;
            try
            {
                await onRepository(repository, await ListAsync(job, repository, onProblem, token), token);
            }
            catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
            {
                onProblem(new ImageResult(found.Name, "*", ImageOutcome.Failed, null, e.Error with { Repository = repository }));
            }
        });
    }

    private static async Task<List<SourceImage>> ListAsync(
        MigrationJob job, RepositoryName repository, Action<ImageResult> onProblem, CancellationToken cancellationToken)
    {
        var images = new List<SourceImage>();
        await foreach (var image in job.ListImagesAsync(repository, cancellationToken))
        {
            if (image.Error is null && image.Digest is not null)
                images.Add(image);
            else
                onProblem(Repositories.ImageJob.ResultOf(repository, image, image.Error));
        }
        return images;
    }
}

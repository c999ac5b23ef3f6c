using TransferEngine.Cli.Reports;

namespace TransferEngine.Cli.Commands;

/// <summary>
/// <c>verify --repair</c>: a verification, a migration that puts there what it missed, and a second verification, as only that can say
/// what was mended. The last two are about the repositories in which something differed, and no others.
/// </summary>
internal sealed class RepairRun(ITransferEngine engine, MigrationJob job)
{
    public async Task<RepairReport> RunAsync(IMigrationObserver observer, CancellationToken cancellationToken)
    {
        var found = await engine.VerifyAsync(job, observer, cancellationToken);
        if (found.Problems.Count == 0)
            return new RepairReport(found, null, null);
        var damaged = job with
        {
            Source = new SomeRepositories(job.Source, found.Problems.Select(problem => problem.Repository).ToHashSet(StringComparer.Ordinal)),
            Name = job.Name,
            Repair = true,
        };
        // What a verification told of each image is its report; the others show only how they get on.
        var watcher = new ProgressOnly(observer);
        var run = await engine.MigrateAsync(damaged, watcher, cancellationToken);
        var left = run.IsInterrupted || run.Fatal is not null ? null : await engine.VerifyAsync(damaged, watcher, cancellationToken);
        return new RepairReport(found, run, left);
    }

    private sealed class ProgressOnly(IMigrationObserver observer) : IMigrationObserver
    {
        public void OnStarted(IMigrationProgress progress) => observer.OnStarted(progress);

        public void OnImage(ImageResult result)
        {
        }
    }
}

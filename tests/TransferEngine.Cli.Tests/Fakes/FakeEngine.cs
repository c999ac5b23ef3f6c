using TransferEngine.Images;

namespace TransferEngine.Cli.Tests.Fakes;

/// <summary>An engine that does what a test tells it to.</summary>
internal sealed class FakeEngine : ITransferEngine
{
    public static readonly Digest SomeDigest = Digest.OfSha256("manifest"u8);

    public MigrationJob? Job { get; private set; }

    public List<ImageResult> Results { get; } = [];

    public MigrationTotals Totals { get; set; } = new();

    public TransferError? Fatal { get; set; }

    /// <summary>What all three kinds of run say of a selection that leaves nothing.</summary>
    public SelectionMiss? Miss { get; set; }

    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>What the next verifications find, one after the other; when they are used up, <see cref="Results"/>.</summary>
    public Queue<IReadOnlyList<ImageResult>> Verifications { get; } = [];

    /// <summary>Every job that was run, in order.</summary>
    public List<MigrationJob> Jobs { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>Called while the run is on, with its observer told of all <see cref="Results"/>.</summary>
    public Func<CancellationToken, Task> While { get; set; } = _ => Task.CompletedTask;

    /// <summary>The same, told which job it is.</summary>
    public Func<MigrationJob, Task> WhileJob { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<ImageResult> PlanProblems { get; set; } = [];

    public IReadOnlyList<RepositoryRename> PlanRenames { get; set; } = [];

    public async Task<MigrationReport> MigrateAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken)
    {
        await RunAsync(job, Results, observer, cancellationToken);
        return new MigrationReport
        {
            Job = job.Name,
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            StartedAt = DateTimeOffset.UnixEpoch,
            Elapsed = TimeSpan.FromSeconds(2),
            Totals = Totals,
            Fatal = Fatal,
            IsInterrupted = cancellationToken.IsCancellationRequested,
            NothingSelected = Miss,
            Notes = Notes,
        };
    }

    public Task<MigrationPlan> PlanAsync(MigrationJob job, CancellationToken cancellationToken)
    {
        Job = job;
        return Task.FromResult(new MigrationPlan
        {
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            Repositories = 2,
            ImagesToMigrate = 3,
            BlobsToUpload = 5,
            BytesToUpload = 1536,
            Problems = PlanProblems,
            NothingSelected = Miss,
            Notes = Notes,
            Renames = PlanRenames,
        });
    }

    public async Task<VerificationReport> VerifyAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken)
    {
        var results = Verifications.TryDequeue(out var next) ? next : Results;
        await RunAsync(job, results, observer, cancellationToken);
        return new VerificationReport
        {
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            Verified = results.Count(result => result.Outcome == ImageOutcome.AlreadyThere),
            Problems = [.. results.Where(result => result.Outcome == ImageOutcome.Failed)],
            NothingSelected = Miss,
            Notes = Notes,
        };
    }

    private async Task RunAsync(MigrationJob job, IReadOnlyList<ImageResult> results, IMigrationObserver observer, CancellationToken cancellationToken)
    {
        Job = job;
        Jobs.Add(job);
        if (Failure is not null)
            throw Failure;
        observer.OnStarted(new Standstill());
        foreach (var result in results)
            observer.OnImage(result);
        await WhileJob(job);
        await While(cancellationToken);
    }

    private sealed class Standstill : IMigrationProgress
    {
        public ProgressSnapshot Snapshot() => new() { Elapsed = TimeSpan.Zero, Totals = new MigrationTotals() };
    }
}

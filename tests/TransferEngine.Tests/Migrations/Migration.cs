using TransferEngine.TestKit.Memory;
using TransferEngine.TestKit.Telemetry;
using TransferEngine.Tests.Running;

namespace TransferEngine.Tests.Migrations;

/// <summary>A migration between fakes, with a journal that outlives the single run.</summary>
internal sealed class Migration : IMigrationObserver, IAsyncDisposable
{
    // Long enough for a machine that does other things: only what never ends is found by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly MemoryJobs _jobs = new();
    private readonly MemoryHashedFiles _hashed = new();
    private readonly bool _ownsJobs = true;

    public Migration()
    {
    }

    /// <summary>With the same source and the same journals, and another target.</summary>
    public Migration(Migration other) => (_jobs, Source, _ownsJobs) = (other._jobs, other.Source, false);

    public MemorySource Source { get; } = new();

    public MemoryTarget Target { get; } = new();

    public List<ImageResult> Results { get; } = [];

    public EngineOptions Options { get; } = new()
    {
        RepositoryBackoff = TimeSpan.FromMilliseconds(1),
        BlobBackoff = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>Why a verification can't say the same as the run before it; null where it has to.</summary>
    public string? Unverified { get; set; }

    public Action<ImageResult> WhenImage { get; set; } = _ => { };

    public KeptLog Log { get; } = new();

    public MigrationEngine Engine => new(Options, _jobs, _jobs, TimeProvider.System, _hashed, Log);

    /// <summary>Runs the job, and then looks whether a verification says the same of each image.</summary>
    public async Task<MigrationReport> RunAsync(Func<MigrationJob, MigrationJob>? change = null, CancellationToken cancellationToken = default)
    {
        Results.Clear();
        var job = new MigrationJob(Source, Target) { Name = "job" };
        job = change is null ? job : change(job);
        var report = await Engine.MigrateAsync(job, this, cancellationToken).WaitAsync(Patience, CancellationToken.None);
        if (Unverified is null)
            await VerifyAsync(job, report);
        return report;
    }

    private async Task VerifyAsync(MigrationJob job, MigrationReport report)
    {
        (Source.IsWatched, Target.IsWatched) = (false, false);
        try
        {
            var verification = await Engine.VerifyAsync(job with { VerifyContent = false }, NullObserver.Instance, CancellationToken.None).WaitAsync(Patience);
            Agreement.Demand(report, Results, verification);
        }
        finally
        {
            (Source.IsWatched, Target.IsWatched) = (true, true);
        }
    }

    public ImageResult Result(string display) => Results.Single(result => result.Display == display);

    public void OnStarted(IMigrationProgress progress)
    {
    }

    public void OnImage(ImageResult result)
    {
        Results.Add(result);
        WhenImage(result);
    }

    public ValueTask DisposeAsync() => _ownsJobs ? _jobs.DisposeAsync() : ValueTask.CompletedTask;
}

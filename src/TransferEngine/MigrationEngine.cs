using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Mapping;
using TransferEngine.Migrations;
using TransferEngine.Planning;
using TransferEngine.Progress;
using TransferEngine.Pushers;
using TransferEngine.Running;
using TransferEngine.Selection;
using TransferEngine.Telemetry;

namespace TransferEngine;

/// <summary>
/// The engine on Akka.NET. A migration is an actor in the process's actor system, with the job's journal; planning and verification
/// only ask, so they need neither.
/// </summary>
public sealed class MigrationEngine : ITransferEngine
{
    private readonly EngineOptions _options;
    private readonly IActorSystemProvider _system;
    private readonly IJobStore _jobs;
    private readonly TimeProvider _time;
    private readonly IHashedFiles _hashed;
    private readonly ILogger _log;

    /// <param name="options">The dials.</param>
    /// <param name="system">Where jobs run. Asked for when the first one starts.</param>
    /// <param name="jobs">Where their state is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hashed">What is known of files that were hashed before; null to remember it for the process alone.</param>
    /// <param name="loggers">Where the engine logs, under <see cref="TransferTelemetry.LogCategory"/>; null for nowhere.</param>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    public MigrationEngine(
        EngineOptions options, IActorSystemProvider system, IJobStore jobs, TimeProvider time, IHashedFiles? hashed = null, ILoggerFactory? loggers = null)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        _options = options;
        _system = system;
        _jobs = jobs;
        _time = time;
        _hashed = hashed ?? new MemoryHashedFiles();
        _log = loggers?.CreateLogger(TransferTelemetry.LogCategory) ?? NullLogger.Instance;
    }

    /// <summary>How long actors wait for an answer before they ask again: tests are less patient.</summary>
    internal TimeSpan Patience { get; init; } = AskAgain.Patience;

    public async Task<MigrationReport> MigrateAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken)
    {
        job = Complete(job);
        using var telling = new JobTelling(_log, job);
        try
        {
            return telling.End(await RunAsync(job, observer, telling, cancellationToken));
        }
        catch (Exception e)
        {
            telling.End(e);
            throw;
        }
    }

    private async Task<MigrationReport> RunAsync(MigrationJob job, IMigrationObserver observer, JobTelling telling, CancellationToken cancellationToken)
    {
        OverlapCheck.Run(job);
        await PrepareAsync(job, cancellationToken);
        await using var lease = await _jobs.OpenAsync(job.Name, job.Restart, cancellationToken);
        // Asked for again: a store that forgets a job's state may have begun anew with another.
        var runtimes = await StartSystemAsync(cancellationToken);
        var host = runtimes.Host;

        using var work = new DetachedWork(_options.Requests);
        using var censusStop = new CancellationTokenSource();
        var meter = new MigrationMeter(_time, _options.Pushers, new JobMetrics(job.Name));
        var guarded = new GuardedObserver(observer);
        var runtime = new JobRuntime
        {
            Job = job,
            Options = _options,
            Work = work,
            Meter = meter,
            Rate = new RateLimit(job.LimitRate, _time),
            Hashed = _hashed,
            Time = _time,
            Patience = Patience,
            Observer = guarded,
            Log = _log,
            Activity = telling.Activity,
        };
        using var atWork = runtimes.Add(runtime);
        using var gauges = new JobGauges(job.Name, () => runtime.Load);
        var startedAt = _time.GetUtcNow();
        guarded.OnStarted(meter);
        var census = work.RunAsync(token => ImageCensus.CountAsync(job, meter, token), censusStop.Token);

        var outcome = await SuperviseAsync(host, runtime, lease, cancellationToken);
        await censusStop.CancelAsync();
        await Task.WhenAny(census);
        await work.DrainAsync();
        if (outcome.Fatal is { Code: ErrorCode.JobDiffers } difference)
            throw new TransferException(difference);
        if (outcome is { IsInterrupted: false, Fatal: null })
            outcome = await CompleteAsync(job.Target, outcome, cancellationToken);
        var totals = meter.Totals();
        return new MigrationReport
        {
            Job = job.Name,
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            StartedAt = startedAt,
            Elapsed = meter.Elapsed,
            Totals = totals,
            IsResumed = outcome.IsResumed,
            IsInterrupted = outcome.IsInterrupted,
            Fatal = outcome.Fatal,
            Damage = job.Source.Damage,
            NothingSelected = totals.Images == 0 && outcome is { IsInterrupted: false, Fatal: null } ? await SelectionCensus.FindAsync(job.Source, cancellationToken) : null,
            Notes = [.. job.Source.Notes, .. job.Target.Notes, .. WrongSizes.Notes(meter.WrongSizes), .. guarded.Notes],
        };
    }

    // A process's first job waits for the actor system and its journal as long as for its target, and neither needs the other.
    private async Task PrepareAsync(MigrationJob job, CancellationToken cancellationToken)
    {
        var starting = Task.Run(() => StartSystemAsync(cancellationToken), cancellationToken);
        try
        {
            await job.Target.CheckAsync(cancellationToken);
            await CollisionCheck.RunAsync(job, cancellationToken);
        }
        finally
        {
            await Task.WhenAny(starting);
        }
        await starting;
    }

    private async Task<JobRuntimes> StartSystemAsync(CancellationToken cancellationToken)
    {
        var system = await _system.GetAsync(cancellationToken);
        if (system.WhenTerminated.IsCompleted)
            throw new TransferException(JobRuntimes.SystemEnded);
        var runtimes = JobRuntimes.Of(system);
        _ = runtimes.Host;
        return runtimes;
    }

    // A report is owed also to a user who stops the run while an archive is closed.
    private static async Task<MigrationOutcome> CompleteAsync(IImageTarget target, MigrationOutcome outcome, CancellationToken cancellationToken)
    {
        try
        {
            await target.CompleteAsync(cancellationToken);
            return outcome;
        }
        catch (TransferException e)
        {
            return outcome with { Fatal = e.Error };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return outcome with { IsInterrupted = true };
        }
    }

    public Task<MigrationPlan> PlanAsync(MigrationJob job, CancellationToken cancellationToken) =>
        new MigrationPlanner(Complete(job), _options).PlanAsync(cancellationToken);

    public Task<VerificationReport> VerifyAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken) =>
        new MigrationVerifier(Complete(job), _options, new GuardedObserver(observer), new MigrationMeter(_time, 0)).VerifyAsync(cancellationToken);

    // Here, not when the job is made: a program that embeds the engine sets the rules once, in its configuration.
    private MigrationJob Complete(MigrationJob job)
    {
        job = job with { Mapping = job.Mapping ?? RepositoryMapping.Parse(_options.Mapping) };
        return job with { Name = job.Name };
    }

    private static async Task<MigrationOutcome> SuperviseAsync(IActorRef host, JobRuntime runtime, IJobLease lease, CancellationToken cancellationToken)
    {
        var job = runtime.Job.Name;
        using var ended = new CancellationTokenSource();
        var hostGone = host.WatchAsync(ended.Token);
        host.Tell(new JobHost.StartJob(job));
        await using var lost = lease.Lost.Register(() => host.Tell(new JobHost.TellJob(job, MigrationProtocol.LeaseLost.Instance)));
        await using var stop = cancellationToken.Register(() => host.Tell(new JobHost.TellJob(job, MigrationProtocol.StopMigration.Instance)));
        await Task.WhenAny(runtime.Outcome, hostGone);
        await ended.CancelAsync();
        // Where the host has gone before it read the message, nobody else says so.
        runtime.End(isInterrupted: false, JobRuntimes.SystemEnded);
        var outcome = await runtime.Outcome;
        // A host that stops ends its jobs and its actor system at once, and either may be first.
        return cancellationToken.IsCancellationRequested && outcome.Fatal == JobRuntimes.SystemEnded ? outcome with { IsInterrupted = true, Fatal = null } : outcome;
    }
}

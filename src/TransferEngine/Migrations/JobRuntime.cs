using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using TransferEngine.Running;
using TransferEngine.Telemetry;

namespace TransferEngine.Migrations;

/// <summary>
/// What is live of one job in this process: its opened ends, its clock, its counters. Actors look it up by the job's name
/// (<see cref="JobRuntimes"/>), for it never travels. Everything in it is immutable or safe for concurrent use.
/// </summary>
internal sealed class JobRuntime
{
    private readonly TaskCompletionSource<MigrationOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnding;

    public required MigrationJob Job { get; init; }

    public required EngineOptions Options { get; init; }

    public required DetachedWork Work { get; init; }

    public required MigrationMeter Meter { get; init; }

    public required RateLimit Rate { get; init; }

    public required IHashedFiles Hashed { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>How long actors wait for an answer before they ask again.</summary>
    public TimeSpan Patience { get; init; } = AskAgain.Patience;

    /// <summary>Told of each image by the job's supervisor.</summary>
    public required IMigrationObserver Observer { get; init; }

    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>The job's in a trace; null where nobody listens.</summary>
    public Activity? Activity { get; init; }

    public ActivityContext Trace => Activity?.Context ?? default;

    /// <summary>The job's name, fit for a log.</summary>
    public string Name => Printable.Of(Job.Name);

    public JobLoad Load => new(Meter.OpenRepositories, Meter.WaitingPushes, Meter.BusyPushers, Work.ActiveRequests, Work.WaitingRequests);

    public IImageSource Source => Job.Source;

    public IImageTarget Target => Job.Target;

    /// <summary>Who may touch which manifest of the target, over all repositories of the source.</summary>
    public ManifestTurns Turns { get; } = new();

    /// <summary>The run is stopped, or can't go on: what is left undone from here on has not failed.</summary>
    public bool IsEnding
    {
        get => Volatile.Read(ref _isEnding);
        set => Volatile.Write(ref _isEnding, value);
    }

    /// <summary>An earlier run of the job had begun.</summary>
    public bool IsResumed { get; set; }

    /// <summary>How the supervisor ended, whatever its end was.</summary>
    public Task<MigrationOutcome> Outcome => _outcome.Task;

    /// <summary>Tells <see cref="Outcome"/>. The first word holds: the supervisor's own, else that of whoever finds it gone.</summary>
    public void End(bool isInterrupted, TransferError? fatal) => _outcome.TrySetResult(new MigrationOutcome(IsResumed, isInterrupted, fatal));

    /// <summary>What a detached task threw as the error that a report can show. Of what nobody expected, the log keeps where it came from.</summary>
    public TransferError ErrorOf(Exception exception)
    {
        if (!Caught.IsExpected(exception))
            TransferLog.WorkFailed(Log, exception, Name);
        return Caught.ErrorOf(exception);
    }

    /// <summary>An actor failed, as its parent has learned.</summary>
    public void NoteFailure(IActorRef actor, Exception exception)
    {
        if (!Caught.IsExpected(exception))
            TransferLog.ActorFailed(Log, exception, Name, Printable.Whole(actor.Path.ToString()));
    }
}

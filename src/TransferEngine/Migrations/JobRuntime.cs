using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Pushers;
using TransferEngine.Repositories;

namespace TransferEngine.Migrations;

/// <summary>
/// What is live of one job in this process: its opened ends, its clock, its counters. Actors look it up by the job's name
/// (<see cref="JobRuntimes"/>), for it never travels. Everything in it is immutable or safe for concurrent use.
/// </summary>
internal sealed class JobRuntime
{
    public required MigrationJob Job { get; init; }

    public required EngineOptions Options { get; init; }

    public required DetachedWork Work { get; init; }

    public required MigrationMeter Meter { get; init; }

    public required RateLimit Rate { get; init; }

    public required IHashedFiles Hashed { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Told of each image by the job's supervisor.</summary>
    public required IMigrationObserver Observer { get; init; }

    public IImageSource Source => Job.Source;

    public IImageTarget Target => Job.Target;

    /// <summary>Who may touch which manifest of the target, over all repositories of the source.</summary>
    public ManifestTurns Turns { get; } = new();

    /// <summary>How the supervisor ended: set once, whatever its end was.</summary>
    public TaskCompletionSource<MigrationOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

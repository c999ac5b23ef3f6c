using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Pushers;
using TransferEngine.Repositories;

namespace TransferEngine.Migrations;

/// <summary>What all actors of one run share. Everything in it is immutable or safe for concurrent use.</summary>
internal sealed record MigrationContext(
    MigrationJob Job,
    EngineOptions Options,
    DetachedWork Work,
    MigrationMeter Meter,
    RateLimit Rate,
    IHashedFiles Hashed,
    TimeProvider Time)
{
    public IImageSource Source => Job.Source;

    public IImageTarget Target => Job.Target;

    /// <summary>Who may touch which manifest of the target, over all repositories of the source.</summary>
    public ManifestTurns Turns { get; } = new();
}

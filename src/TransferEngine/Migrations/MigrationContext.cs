using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Pushers;

namespace TransferEngine.Migrations;

/// <summary>What all actors of one run share. Everything in it is immutable or safe for concurrent use.</summary>
internal sealed record MigrationContext(
    MigrationJob Job,
    EngineOptions Options,
    DetachedWork Work,
    MigrationMeter Meter,
    RateLimit Rate,
    TimeProvider Time)
{
    public IImageSource Source => Job.Source;

    public IImageTarget Target => Job.Target;
}

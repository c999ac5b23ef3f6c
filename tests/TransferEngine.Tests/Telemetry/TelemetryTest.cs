using TransferEngine.Images;
using TransferEngine.Telemetry;
using TransferEngine.TestKit.Telemetry;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Telemetry;

/// <summary>A migration whose job has a name of its own, by which its measurements and traces are told from those of other tests.</summary>
public abstract class TelemetryTest : IAsyncLifetime
{
    private protected Migration Migration { get; } = new();

    private protected string Job { get; } = $"telemetry-{Guid.NewGuid():N}";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Migration.DisposeAsync();

    private protected Measurements Measure() => new(TelemetryKeys.Job, Job);

    private protected Task<MigrationReport> RunAsync(CancellationToken cancellationToken = default) =>
        Migration.RunAsync(job => job with { Name = Job }, cancellationToken);

    /// <summary>Lets so many requests of a kind fail.</summary>
    private protected void Fail(string requests, int times, TransferError error)
    {
        var left = times;
        Migration.Target.Before = (request, _) => request.StartsWith(requests, StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0
            ? throw new TransferException(error) : Task.CompletedTask;
    }
}

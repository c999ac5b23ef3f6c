using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// The engine: moves all selected images of a source into a target, or says what it would move, or whether all
/// has arrived. One engine may run several jobs at once. Trouble with single images is in the report; trouble with
/// an endpoint or the journal is a <see cref="TransferException"/>.
/// </summary>
public interface ITransferEngine
{
    /// <summary>
    /// Runs a job, or goes on with it where an earlier run stopped. When <paramref name="cancellationToken"/> fires, the run
    /// stops cleanly and the report says so (<see cref="MigrationReport.IsInterrupted"/>).
    /// </summary>
    Task<MigrationReport> MigrateAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken);

    /// <summary>What <see cref="MigrateAsync"/> would do, exact to the byte; writes nothing.</summary>
    Task<MigrationPlan> PlanAsync(MigrationJob job, CancellationToken cancellationToken);

    /// <summary>Compares every selected tag, manifest and blob of the source with the target, by HEAD requests.</summary>
    Task<VerificationReport> VerifyAsync(MigrationJob job, IMigrationObserver observer, CancellationToken cancellationToken);
}

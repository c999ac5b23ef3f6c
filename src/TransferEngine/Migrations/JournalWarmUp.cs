using TransferEngine.Running;

namespace TransferEngine.Migrations;

/// <summary>
/// Reads the journal of nobody, while the first job of a process still asks its target: what a journal's first use costs, starting its plugin and
/// compiling its queries, is then behind. Whether it can be read, a job finds out by itself.
/// </summary>
internal sealed class JournalWarmUp : JournaledActor
{
    public override string PersistenceId => ".warm-up";

    protected override void OnRecover(object message)
    {
        if (message is RecoveryCompleted)
            Context.Stop(Self);
    }

    protected override void OnCommand(object message) => Unhandled(message);

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
    }
}

using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql.Journal;

namespace TransferEngine.Persistence;

/// <summary>
/// Akka.Persistence.Sql's journal. An actor that recovers nothing (<see cref="Recovery.None"/>) has never written anything here: that is answered
/// without asking the database for its highest sequence number, which would be a query for each repository of a new job.
/// </summary>
public sealed class StateJournal(Config config) : SqlWriteJournal(config)
{
    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not ReplayMessages { ToSequenceNr: 0 } replay)
            return base.AroundReceive(receive, message);
        replay.PersistentActor.Tell(new RecoverySuccess(0), ActorRefs.NoSender);
        return true;
    }
}

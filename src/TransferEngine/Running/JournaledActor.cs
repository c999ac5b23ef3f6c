using System.Diagnostics.CodeAnalysis;

namespace TransferEngine.Running;

/// <summary>
/// A persistent actor on the engine's journal (<see cref="JournalPlugin"/>). What the journal does not take ends it: those who wait for a fact
/// to be on record would wait for ever.
/// </summary>
internal abstract class JournaledActor : UntypedPersistentActor, IWithTimers
{
    // Facts are kept so few that there is nothing to shorten, and to look for a snapshot would cost each recovery a query.
    protected JournaledActor() => (JournalPluginId, SnapshotPluginId) = (JournalPlugin.Journal, "akka.persistence.no-snapshot-store");

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Facts that this actor writes together.</summary>
    // Timers are there once the actor has been made.
    protected FactBuffer Facts => field ??= new FactBuffer(Timers);

    /// <summary>Writes what waits in <see cref="Facts"/>, together. Behind it comes what is deferred.</summary>
    protected void WriteFacts(Action<IJobEvent> onWritten)
    {
        if (Facts.Take() is { Count: > 0 } facts)
            PersistAllAsync(facts, onWritten);
    }

    // Akka.NET's own answer to a full buffer is a line in the log.
    [SuppressMessage("Naming", "CA1716", Justification = "The name is Akka.NET's.")]
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        OnPersistFailure(cause, @event, sequenceNr);
        Context.Stop(Self);
    }
}

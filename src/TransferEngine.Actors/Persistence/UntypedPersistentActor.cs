namespace TransferEngine.Actors;

/// <summary>
/// An actor whose state is a fold over stored events. Events go to the journal in batches, one under way at a time; their
/// handlers run when the journal has them. Follows Akka.Persistence: while <see cref="Persist{TEvent}"/> is waited for, other
/// commands are put aside; with <see cref="PersistAsync{TEvent}"/> they are not.
/// </summary>
public abstract partial class UntypedPersistentActor : UntypedActor
{
    private static int s_instances;

    private readonly int _instance = Interlocked.Increment(ref s_instances);
    private readonly LinkedList<Envelope> _putAside = new();

    private PersistenceState _state = PersistenceState.WaitingForPermit;

    private enum PersistenceState
    {
        WaitingForPermit,
        Replaying,
        ProcessingCommands,

        /// <summary>A Persist is waited for: commands are put aside.</summary>
        PersistingEvents,
    }

    /// <summary>The name under which the events are kept: unique among all actors that use the journal.</summary>
    public abstract string PersistenceId { get; }

    public bool IsRecovering => _state is PersistenceState.WaitingForPermit or PersistenceState.Replaying;

    public bool IsRecoveryFinished => !IsRecovering;

    /// <summary>The sequence number of the last event that was replayed or whose handler was called.</summary>
    public long LastSequenceNr { get; private set; }

    protected abstract void OnCommand(object message);

    /// <summary>Takes the stored events, in order, then <see cref="RecoveryCompleted"/>.</summary>
    protected abstract void OnRecover(object message);

    protected sealed override void OnReceive(object message) => OnCommand(message);

    internal override void AroundPreStart()
    {
        BeginRecovery();
        base.AroundPreStart();
    }

    internal override void AroundPostRestart(Exception reason)
    {
        BeginRecovery();
        base.AroundPostRestart(reason);
    }

    internal override void AroundPostStop()
    {
        LeaveRecovery();
        ReturnAllPutAside();
        base.AroundPostStop();
    }

    internal override void AroundPreRestart(Exception reason, object? message)
    {
        LeaveRecovery();
        ReturnAllPutAside();
        base.AroundPreRestart(reason, message);
    }

    internal override void AroundReceive(object message)
    {
        switch (message)
        {
            case JournalMessage journal when journal.Instance == _instance:
                OnJournalMessage(journal);
                break;
            case JournalMessage:
                break;
            case var _ when _state != PersistenceState.ProcessingCommands:
                _putAside.AddLast(Cell.CurrentEnvelope);
                return;
            default:
                base.AroundReceive(message);
                break;
        }
        FlushBatch();
        ReturnOnePutAside();
    }

    private void OnJournalMessage(JournalMessage message)
    {
        switch (message)
        {
            case RecoveryPermitted:
                OnPermitted();
                break;
            case ReplayWindow window:
                OnReplayWindow(window);
                break;
            case ReplayFailed failed:
                FailRecovery(failed.Cause, null);
                break;
            case RecoveryTick:
                OnRecoveryTick();
                break;
            case BatchWritten written:
                OnBatchWritten(written.Failure);
                break;
        }
    }

    // One at a time: the returned command may persist in turn, and the others must wait again behind it.
    private void ReturnOnePutAside()
    {
        if (_state != PersistenceState.ProcessingCommands || _putAside.First is not { } first)
            return;
        _putAside.RemoveFirst();
        Cell.Prepend([first.Value]);
    }

    private void ReturnAllPutAside()
    {
        Cell.Prepend(_putAside);
        _putAside.Clear();
    }
}

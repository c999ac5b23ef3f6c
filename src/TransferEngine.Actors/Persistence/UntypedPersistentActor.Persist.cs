namespace TransferEngine.Actors;

public abstract partial class UntypedPersistentActor
{
    // Bounds one append, so that a flood of events neither makes one giant transaction nor many tiny ones.
    private const int MaxBatch = 1000;

    /// <summary>What waits for the journal, in the order in which it was asked for.</summary>
    private sealed record Invocation(object Event, Action<object> Handler, IActorRef? Sender, bool IsDeferred, bool IsStashing, long Group);

    private readonly LinkedList<Invocation> _invocations = new();
    private int _underWay;
    private int _writtenAlone;
    private int _stashing;
    private long _group;
    private long _lastNumbered;

    private IEventSerializer Serializer => Cell.System.Settings.Serializer
        ?? throw new InvalidOperationException("The actor system has no event serializer, so nothing can be persisted.");

    /// <summary>Stores the event; then the handler is called. Other commands wait until then.</summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler) => Add([@event], handler, isStashing: true);

    /// <summary>As <see cref="Persist{TEvent}"/> for several events, stored all or none; the handler is called for each.</summary>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) => Add([.. events], handler, isStashing: true);

    /// <summary>Stores the event; then the handler is called. Other commands go on meanwhile.</summary>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler) => Add([@event], handler, isStashing: false);

    /// <summary>As <see cref="PersistAsync{TEvent}"/> for several events, stored all or none; the handler is called for each.</summary>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) => Add([.. events], handler, isStashing: false);

    /// <summary>Stores nothing: calls the handler after the handlers of all that was persisted before.</summary>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler)
    {
        ThrowIfRecovering();
        if (_invocations.Count == 0)
            handler(evt);
        else
            _invocations.AddLast(new Invocation(evt!, value => handler((TEvent)value), Cell.Sender, IsDeferred: true, IsStashing: false, 0));
    }

    /// <summary>The outcome of a write is not known: it may or may not be stored. The actor is stopped after this.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Cell.System.EventStream.Publish(new Error(cause, Self.Path.ToString(), $"Event {sequenceNr} of {PersistenceId} could not be stored: {cause.Message}"));

    /// <summary>The journal refuses the event and has not stored it. The actor goes on.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Cell.System.EventStream.Publish(new Error(cause, Self.Path.ToString(), $"Event {sequenceNr} of {PersistenceId} was rejected: {cause.Message}"));

    private void Add<TEvent>(IReadOnlyList<TEvent> events, Action<TEvent> handler, bool isStashing)
    {
        ThrowIfRecovering();
        _group++;
        foreach (var @event in events)
            _invocations.AddLast(new Invocation(@event!, value => handler((TEvent)value), Cell.Sender, IsDeferred: false, isStashing, _group));
        if (isStashing && events.Count > 0)
        {
            _stashing += events.Count;
            _state = PersistenceState.PersistingEvents;
        }
    }

    private void ThrowIfRecovering()
    {
        if (IsRecovering)
            throw new InvalidOperationException("Nothing can be persisted during recovery; wait for RecoveryCompleted.");
    }

    /// <summary>Sends what has gathered to the journal, unless a batch is under way: what comes meanwhile makes the next one.</summary>
    private void FlushBatch()
    {
        if (_underWay > 0 || !_invocations.Any(invocation => !invocation.IsDeferred))
            return;
        var (count, records) = NextBatch();
        _underWay = count;
        if (records is null)
            return;
        var (journal, instance) = (Cell.System.Journal, _instance);
        Cell.System.Writes.Start(PersistenceId, () => journal.AppendAsync(records, CancellationToken.None))
            .PipeTo(Self, success: () => new BatchWritten(instance, null), failure: e => new BatchWritten(instance, e));
    }

    // Whole groups only: what was persisted together is stored together. No records if the first group can't be serialized;
    // then it has been rejected.
    private (int Count, List<JournalRecord>? Records) NextBatch()
    {
        var records = new List<JournalRecord>();
        foreach (var group in Groups())
        {
            if (records.Count >= MaxBatch || (records.Count > 0 && _writtenAlone > 0))
                break;
            try
            {
                records.AddRange(ToRecords(group));
            }
            catch (Exception e) when (records.Count == 0)
            {
                var rejection = new JournalRejectedException($"An event of {PersistenceId} can't be serialized: {e.Message}", e);
                Self.Tell(new BatchWritten(_instance, rejection), Self);
                return (group.Count, null);
            }
            catch (Exception)
            {
                // It comes first in the next batch, and is rejected without those before it.
                break;
            }
        }
        return (records.Count, records);
    }

    private IEnumerable<List<Invocation>> Groups()
    {
        List<Invocation> group = [];
        foreach (var invocation in _invocations.Where(invocation => !invocation.IsDeferred))
        {
            if (group.Count > 0 && group[0].Group != invocation.Group)
            {
                yield return group;
                group = [];
            }
            group.Add(invocation);
        }
        if (group.Count > 0)
            yield return group;
    }

    // Serialized before it is numbered: what can't be serialized leaves no gap.
    private List<JournalRecord> ToRecords(List<Invocation> group)
    {
        var (id, now) = (PersistenceId, Cell.System.Time.GetUtcNow());
        var stored = group.ConvertAll(invocation => (Manifest: Serializer.Manifest(invocation.Event), Payload: Serializer.Serialize(invocation.Event)));
        return stored.ConvertAll(item => new JournalRecord(id, ++_lastNumbered, item.Manifest, item.Payload, now));
    }

    private void OnBatchWritten(Exception? failure)
    {
        if (failure is not null and not JournalRejectedException)
        {
            var first = _invocations.First(invocation => !invocation.IsDeferred);
            try
            {
                OnPersistFailure(failure, first.Event, LastSequenceNr + 1);
            }
            finally
            {
                Cell.Stop(Self);
            }
            return;
        }
        var left = _underWay;
        _underWay = 0;
        if (failure is not null)
        {
            _lastNumbered = LastSequenceNr;
            if (IsSeveralGroups(left))
            {
                _writtenAlone = left;
                return;
            }
        }
        _writtenAlone = Math.Max(0, _writtenAlone - left);
        while (_invocations.First is { } next && (next.Value.IsDeferred || left > 0))
        {
            _invocations.RemoveFirst();
            left -= next.Value.IsDeferred ? 0 : 1;
            Complete(next.Value, failure);
        }
        if (_stashing == 0)
            _state = PersistenceState.ProcessingCommands;
    }

    // A batch is the kernel's doing: of what the actor persisted separately, only what the journal refuses is to be rejected.
    private bool IsSeveralGroups(int count) =>
        _invocations.Where(invocation => !invocation.IsDeferred).Take(count).DistinctBy(invocation => invocation.Group).Skip(1).Any();

    private void Complete(Invocation invocation, Exception? rejection)
    {
        _stashing -= invocation.IsStashing ? 1 : 0;
        Cell.Sender = invocation.Sender;
        if (!invocation.IsDeferred && rejection is not null)
        {
            OnPersistRejected(rejection, invocation.Event, LastSequenceNr + 1);
            return;
        }
        if (!invocation.IsDeferred)
            LastSequenceNr++;
        invocation.Handler(invocation.Event);
    }
}

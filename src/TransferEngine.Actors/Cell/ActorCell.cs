namespace TransferEngine.Actors;

/// <summary>
/// The life of one actor: mailbox, instance, children, watchers. Everything but <see cref="Post"/> and
/// <see cref="PostSystem"/> runs on the one thread that currently executes the cell.
/// </summary>
internal sealed partial class ActorCell : IUntypedActorContext, IThreadPoolWorkItem
{
    // Messages handled before the thread is given to another actor.
    private const int Throughput = 64;

    [ThreadStatic]
    private static ActorCell? s_current;

    private readonly Mailbox _mailbox = new();
    private readonly SignalQueue _signals = new();
    private readonly LocalActorRef _self;

    // What was unstashed: handled before the mailbox.
    private LinkedList<Envelope>? _front;
    private ActorBase? _actor;
    private Envelope _current;
    private int _suspensions;
    private bool _isClosed;
    private object? _failedMessage;

    public ActorCell(ActorSystem system, LocalActorRef self, Props props, InternalActorRef? parent)
    {
        System = system;
        _self = self;
        Props = props;
        ParentRef = parent;
    }

    /// <summary>The cell that this thread executes now.</summary>
    public static ActorCell? Current => s_current;

    public ActorSystem System { get; }

    public Props Props { get; }

    public IActorRef Self => _self;

    public IActorRef? Sender { get; set; }

    public IActorRef Parent => ParentRef ?? ActorRefs.Nobody;

    /// <summary>The message being handled, with its sender.</summary>
    public Envelope CurrentEnvelope => _current;

    /// <summary>Counts the messages handled: tells apart two that are the same object.</summary>
    public long CurrentNumber { get; private set; }

    /// <summary>Null for the root of the tree.</summary>
    private InternalActorRef? ParentRef { get; }

    public UntypedReceive? Behaviour { get; private set; }

    private bool IsSuspended => _suspensions > 0;

    public void Become(UntypedReceive receive) => Behaviour = receive;

    public void Post(Envelope envelope)
    {
        _mailbox.Enqueue(envelope);
        Schedule();
    }

    public void PostSystem(SystemMessage signal)
    {
        _signals.Enqueue(signal);
        Schedule();
    }

    /// <summary>Puts messages before all others, in their order.</summary>
    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        _front ??= new LinkedList<Envelope>();
        foreach (var envelope in envelopes.Reverse())
            _front.AddFirst(envelope);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var outer = s_current;
        s_current = this;
        try
        {
            ProcessSignals();
            for (var left = Throughput; left > 0 && TryTake(out var envelope); left--)
            {
                if (_isClosed)
                    System.DeadLetterOffice.Publish(envelope.Message, envelope.Sender, _self);
                else
                    Handle(envelope);
                ProcessSignals();
            }
        }
        finally
        {
            s_current = outer;
            _mailbox.Unschedule();
            // Whoever posted while we ran saw a scheduled cell and left; look again for them.
            Interlocked.MemoryBarrier();
            if (HasWork())
                Schedule();
        }
    }

    private void Schedule()
    {
        if (_mailbox.TrySchedule())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool HasWork() => !_signals.IsEmpty || (!IsSuspended && (_front is { Count: > 0 } || !_mailbox.IsEmpty));

    private bool TryTake(out Envelope envelope)
    {
        envelope = default;
        if (IsSuspended)
            return false;
        if (_front is not { First: { } first })
            return _mailbox.TryDequeue(out envelope);
        envelope = first.Value;
        _front.RemoveFirst();
        return true;
    }

    private void Handle(Envelope envelope)
    {
        _current = envelope;
        CurrentNumber++;
        Sender = envelope.Sender;
        try
        {
            Dispatch(envelope.Message);
        }
        catch (Exception e)
        {
            _failedMessage = _current.Message;
            Fail(e);
        }
        finally
        {
            _current = default;
            Sender = null;
        }
    }

    private void Dispatch(object message)
    {
        switch (message)
        {
            case PoisonPill:
                OnTerminate();
                return;
            case Kill:
                throw new ActorKilledException("Kill");
            case DeathLetter letter:
                if (TakeDeathLetter(letter) is { } notice)
                    Deliver(notice);
                return;
            case TimerTick tick:
                if (TakeTick(tick) is { } due)
                    Deliver(due);
                return;
            default:
                Deliver(message);
                return;
        }
    }

    private void Deliver(object message)
    {
        // What the actor sees is what it may stash: a letter or a tick would be void the second time.
        _current = _current with { Message = message };
        _actor!.AroundReceive(message);
        if (message is not INotInfluenceReceiveTimeout)
            RestartReceiveTimeout();
    }

    private void ProcessSignals()
    {
        while (_signals.Dequeue() is { } signal)
        {
            try
            {
                Process(signal);
            }
            catch (Exception e)
            {
                Fail(e);
            }
            Sender = null;
        }
    }

    private void Process(SystemMessage signal)
    {
        switch (signal)
        {
            case Create:
                OnCreate();
                break;
            case Restart restart:
                OnRestart(restart.Cause);
                break;
            case Terminate:
                OnTerminate();
                break;
            case Watch watch:
                AddWatcher(watch);
                break;
            case Unwatch unwatch:
                _watchers?.Remove(unwatch.Watcher);
                break;
            case DeathNotice notice:
                OnDeathNotice(notice);
                break;
            case ChildFailed failed:
                OnChildFailed(failed);
                break;
        }
    }
}

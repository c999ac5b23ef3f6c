namespace TransferEngine.Actors;

internal sealed partial class ActorCell
{
    private enum Phase
    {
        Running,

        /// <summary>Failed; suspended until the parent decides.</summary>
        Failed,

        /// <summary>The old instance is gone; its children are not yet.</summary>
        Restarting,

        /// <summary>Waits for the children to end.</summary>
        Terminating,

        Terminated,
    }

    private Phase _phase = Phase.Running;
    private Exception? _restartCause;

    /// <summary>Counts the instances, so that the failure of an older one is told apart.</summary>
    public int Incarnation { get; private set; }

    private void OnCreate()
    {
        // Its parent may have been told to stop between the reservation of the name and this.
        if (_phase != Phase.Running)
            return;
        try
        {
            _actor = NewInstance();
            _actor.AroundPreStart();
        }
        catch (Exception e)
        {
            Fail(new ActorInitializationException(_self, $"[{_self.Path}] could not be started: {e.Message}", e));
        }
    }

    private ActorBase NewInstance()
    {
        Behaviour = null;
        _strategy = null;
        var actor = Props.NewActor();
        if (actor is IWithTimers withTimers)
            withTimers.Timers = new TimerScheduler(this);
        if (actor is IWithUnboundedStash withStash)
            withStash.Stash = Stash;
        return actor;
    }

    /// <summary>Suspends this cell and leaves it to the parent. The message that failed is not delivered again.</summary>
    private void Fail(Exception cause)
    {
        if (_phase is Phase.Terminating or Phase.Terminated)
        {
            Publish(cause, "failed while it was stopping");
            return;
        }
        if (_phase == Phase.Failed)
            return;
        _phase = Phase.Failed;
        _suspensions++;
        Publish(cause, cause.Message);
        if (ParentRef is { } parent)
            parent.TellSystem(new ChildFailed(_self, cause, Incarnation));
        else
            OnTerminate();
    }

    private void OnRestart(Exception cause)
    {
        if (_phase != Phase.Failed)
            return;
        _phase = Phase.Restarting;
        _restartCause = cause;
        if (_actor is { } failed)
            Try(() => failed.AroundPreRestart(cause, _failedMessage), "PreRestart");
        _failedMessage = null;
        CancelTimers();
        // Whatever PreRestart was overridden with: the new instance starts without children.
        StopChildren();
        if (!HasChildren)
            FinishRestart();
    }

    private void FinishRestart()
    {
        var cause = _restartCause!;
        _restartCause = null;
        _stash?.UnstashAll();
        Incarnation++;
        // From here on a failure is a new one.
        _phase = Phase.Running;
        _suspensions--;
        try
        {
            _actor = NewInstance();
            _actor.AroundPostRestart(cause);
        }
        catch (Exception e)
        {
            Fail(new ActorInitializationException(_self, $"[{_self.Path}] could not be restarted: {e.Message}", e));
        }
    }

    private void OnTerminate()
    {
        if (_phase is Phase.Terminating or Phase.Terminated)
            return;
        _phase = Phase.Terminating;
        _suspensions++;
        CancelTimers();
        StopChildren();
        if (!HasChildren)
            FinishTerminate();
    }

    // The order is part of the contract: PostStop, then the parent (which frees the name), then the watchers.
    private void FinishTerminate()
    {
        _phase = Phase.Terminated;
        if (_actor is { } actor)
            Try(actor.AroundPostStop, "PostStop");
        CancelTimers();
        UnwatchAll();
        _stash?.UnstashAll();
        _actor = null;
        _isClosed = true;
        // Closed, the cell runs on only to hand its mail to dead letters.
        _suspensions = 0;
        ParentRef?.TellSystem(new DeathNotice(_self, ExistenceConfirmed: true));
        NotifyWatchers();
        if (ParentRef is null)
            System.OnTerminated();
    }

    private void Try(Action step, string name)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            Publish(e, $"{name} failed: {e.Message}");
        }
    }

    private void Publish(Exception cause, string message) => System.EventStream.Publish(new Error(cause, _self.Path.ToString(), message));
}

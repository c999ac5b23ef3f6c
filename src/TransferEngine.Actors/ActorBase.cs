namespace TransferEngine.Actors;

/// <summary>Takes one message.</summary>
public delegate void UntypedReceive(object message);

/// <summary>
/// The base of all actors. An instance lives within its cell, handles one message at a time, and is replaced by a new one
/// when it fails and is restarted.
/// </summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell = ActorCell.Current
        ?? throw new ActorInitializationException(ActorRefs.Nobody, "An actor can't be made by 'new' but by ActorOf with Props.");

    protected IActorRef Self => _cell.Self;

    /// <summary>Who sent the message being handled; dead letters if nobody did.</summary>
    protected IActorRef Sender => _cell.Sender ?? _cell.System.DeadLetters;

    /// <exception cref="NotSupportedException">There is no active actor on this thread: most likely this runs in a detached task.</exception>
    protected static IActorContext Context => ActorCell.Current
        ?? throw new NotSupportedException("There is no active ActorContext: this is not an actor's own thread.");

    internal ActorCell Cell => _cell;

    internal abstract void Receive(object message);

    internal virtual void AroundReceive(object message) => Receive(message);

    internal virtual void AroundPreStart() => PreStart();

    internal virtual void AroundPostStop() => PostStop();

    internal virtual void AroundPreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal virtual void AroundPostRestart(Exception reason) => PostRestart(reason);

    internal SupervisorStrategy MakeStrategy() => _cell.Props.SupervisorStrategy ?? SupervisorStrategy();

    protected virtual void PreStart()
    {
    }

    protected virtual void PostStop()
    {
    }

    /// <summary>On the failed instance, before it is replaced: stops the children and calls <see cref="PostStop"/>.</summary>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (var child in _cell.GetChildren().ToList())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }
        PostStop();
    }

    /// <summary>On the new instance: calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>What happens to a child that fails; asked once for each instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actors.SupervisorStrategy.DefaultStrategy;

    /// <exception cref="DeathPactException">The message is the <see cref="Terminated"/> of a watched actor.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
            throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, _cell.Sender, Self));
    }
}

/// <summary>An actor that takes its messages in one method.</summary>
public abstract class UntypedActor : ActorBase
{
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    internal sealed override void Receive(object message) => (Cell.Behaviour ?? OnReceive)(message);

    protected abstract void OnReceive(object message);

    protected void Become(UntypedReceive receive) => Cell.Become(receive);
}

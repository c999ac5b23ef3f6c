namespace TransferEngine.Actors;

/// <summary>Whatever can be told a message.</summary>
public interface ICanTell
{
    void Tell(object message, IActorRef? sender);
}

/// <summary>The handle of an actor: stays the same over restarts, and leads to dead letters once the actor is gone.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>
{
    ActorPath Path { get; }
}

/// <summary>A reference of this kernel: beside messages it takes the kernel's own signals.</summary>
internal abstract class InternalActorRef : IActorRef
{
    public abstract ActorPath Path { get; }

    public abstract void Tell(object message, IActorRef? sender);

    /// <summary>Delivers a signal ahead of all messages.</summary>
    public abstract void TellSystem(SystemMessage message);

    public bool Equals(IActorRef? other) => ReferenceEquals(this, other) || (other is not null && other.Path.Equals(Path));

    public override bool Equals(object? obj) => obj is IActorRef other && Equals(other);

    public override int GetHashCode() => Path.GetHashCode();

    public int CompareTo(IActorRef? other) => Path.CompareTo(other?.Path);

    public override string ToString() => $"[{Path}]";
}

/// <summary>The reference of an actor that lives, or lived, in this process.</summary>
internal sealed class LocalActorRef(ActorPath path, Func<LocalActorRef, ActorCell> createCell) : InternalActorRef
{
    private ActorCell? _cell;

    public override ActorPath Path { get; } = path;

    // Created on first use, so that the cell can know its own reference.
    public ActorCell Cell => _cell ??= createCell(this);

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        Cell.Post(new Envelope(message, sender));
    }

    public override void TellSystem(SystemMessage message) => Cell.PostSystem(message);
}

/// <summary>Takes what nobody takes: publishes it as a <see cref="DeadLetter"/>.</summary>
internal sealed class DeadLetterRef(ActorPath path, EventStream events) : InternalActorRef
{
    public override ActorPath Path { get; } = path;

    public override void Tell(object message, IActorRef? sender) => Publish(message, sender, this);

    public void Publish(object message, IActorRef? sender, IActorRef recipient)
    {
        if (message is DeadLetter letter)
            events.Publish(letter);
        else if (message is IDeadLetterSuppression suppressed)
            events.Publish(new SuppressedDeadLetter(suppressed, sender, recipient));
        else
            events.Publish(new DeadLetter(message, sender, recipient));
    }

    // Watching what is not there is answered at once: it will never be there.
    public override void TellSystem(SystemMessage message)
    {
        if (message is Watch watch)
            watch.Watcher.TellSystem(new DeathNotice(watch.Watchee, ExistenceConfirmed: false));
    }
}

/// <summary>Nobody: takes everything, does nothing.</summary>
internal sealed class NobodyRef : InternalActorRef
{
    public override ActorPath Path { get; } = ActorPath.Root("all-systems").Child("Nobody", 0);

    public override void Tell(object message, IActorRef? sender)
    {
    }

    public override void TellSystem(SystemMessage message)
    {
    }
}

/// <summary>Well-known references.</summary>
public static class ActorRefs
{
    public static readonly IActorRef Nobody = new NobodyRef();

    /// <summary>No sender: replies go to dead letters.</summary>
    public static readonly IActorRef? NoSender;
}

/// <summary>Telling without naming the sender: within an actor it is that actor.</summary>
public static class ActorRefImplicitSenderExtensions
{
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Passes on a message with its original sender.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Sender);
}

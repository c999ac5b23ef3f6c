namespace TransferEngine.Actors;

/// <summary>Makes and stops actors.</summary>
public interface IActorRefFactory
{
    /// <summary>Starts a child; without a name it gets one that begins with <c>$</c>.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken, or no valid path element.</exception>
    IActorRef ActorOf(Props props, string? name = null);
}

/// <summary>Watches others for their end.</summary>
public interface ICanWatch
{
    /// <summary>Has exactly one <see cref="Terminated"/> delivered when the subject ends, or at once if it is gone.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>As <see cref="Watch"/>, with a message of one's own in place of <see cref="Terminated"/>.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>No notice will be delivered any more, not even one that is in the mailbox already.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>What an actor may ask of its cell, on its own thread only.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    IActorRef Self { get; }

    Props Props { get; }

    IActorRef? Sender { get; }

    ActorSystem System { get; }

    IActorRef Parent { get; }

    /// <summary>The child with this name, or nobody.</summary>
    IActorRef Child(string name);

    IEnumerable<IActorRef> GetChildren();

    /// <summary>Stops an actor after the message that it handles now; the rest of its mail becomes dead letters.</summary>
    void Stop(IActorRef child);

    /// <summary>Delivers <see cref="ReceiveTimeout"/> whenever this long no message came; null for never.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    /// <summary>Replaces how messages are handled, until the next restart.</summary>
    void Become(UntypedReceive receive);
}

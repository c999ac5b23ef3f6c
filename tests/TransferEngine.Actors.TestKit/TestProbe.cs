namespace TransferEngine.Actors.TestKit;

/// <summary>A stand-in for an actor: can be told, watched and asked what it heard, and answers as itself.</summary>
public sealed class TestProbe : TestKitBase, IActorRef
{
    internal TestProbe(ActorSystem system)
        : base(system)
    {
    }

    public IActorRef Ref => TestActor;

    public ActorPath Path => TestActor.Path;

    public void Send(IActorRef actor, object message) => actor.Tell(message, TestActor);

    /// <summary>Answers whoever sent the last message that was received.</summary>
    public void Reply(object message) => LastSender.Tell(message, TestActor);

    public void Tell(object message, IActorRef? sender) => TestActor.Tell(message, sender);

    public bool Equals(IActorRef? other) => TestActor.Equals(other is TestProbe probe ? probe.TestActor : other);

    public override bool Equals(object? obj) => obj is IActorRef other && Equals(other);

    public override int GetHashCode() => TestActor.GetHashCode();

    public int CompareTo(IActorRef? other) => TestActor.CompareTo(other);
}

namespace TransferEngine.Actors;

/// <summary>Stops the actor when it gets to this message, behind all earlier mail.</summary>
public sealed class PoisonPill : IDeadLetterSuppression
{
    private PoisonPill()
    {
    }

    public static PoisonPill Instance { get; } = new();
}

/// <summary>Makes the actor throw <see cref="ActorKilledException"/> when it gets to this message.</summary>
public sealed class Kill
{
    private Kill()
    {
    }

    public static Kill Instance { get; } = new();
}

/// <summary>A watched actor has ended. A watcher that does not handle it fails with <see cref="DeathPactException"/>.</summary>
public sealed class Terminated : IDeadLetterSuppression
{
    internal Terminated(IActorRef actorRef, bool existenceConfirmed) => (ActorRef, ExistenceConfirmed) = (actorRef, existenceConfirmed);

    public IActorRef ActorRef { get; }

    /// <summary>False if the actor was gone before it was watched.</summary>
    public bool ExistenceConfirmed { get; }

    public override string ToString() => $"<Terminated>: {ActorRef}";
}

/// <summary>The outcome of something asked for, where the answer has no message type of its own.</summary>
public abstract class Status
{
    private Status()
    {
    }

    public sealed class Success(object? status) : Status
    {
        public readonly object? Status = status;
    }

    public sealed class Failure(Exception cause) : Status
    {
        public readonly Exception Cause = cause;

        public override string ToString() => $"Failure: {Cause}";
    }
}

/// <summary>No message has come for as long as <see cref="IActorContext.SetReceiveTimeout"/> says.</summary>
public sealed class ReceiveTimeout : IDeadLetterSuppression
{
    private ReceiveTimeout()
    {
    }

    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>A message that does not put off the receive timeout.</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>A message that is of no interest when nobody takes it.</summary>
public interface IDeadLetterSuppression;

/// <summary>A message that nobody handled. On the event stream.</summary>
public abstract class AllDeadLetters
{
    private protected AllDeadLetters(object message, IActorRef? sender, IActorRef recipient) =>
        (Message, Sender, Recipient) = (message, sender, recipient);

    public object Message { get; }

    public IActorRef? Sender { get; }

    public IActorRef Recipient { get; }

    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: {Message}";
}

/// <summary>A message that reached nobody, and that somebody may miss.</summary>
public sealed class DeadLetter(object message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>A message that reached nobody, and that nobody will miss.</summary>
public sealed class SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>A message that its receiver did not know. On the event stream.</summary>
public sealed class UnhandledMessage(object message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>An actor has failed: what its supervisor was told. On the event stream.</summary>
public sealed class Error
{
    internal Error(Exception? cause, string logSource, object message) => (Cause, LogSource, Message) = (cause, logSource, message);

    public Exception? Cause { get; }

    public string LogSource { get; }

    public object Message { get; }

    public override string ToString() => $"[{LogSource}] {Message}{(Cause is null ? "" : $"\n{Cause}")}";
}

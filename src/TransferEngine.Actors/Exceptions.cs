namespace TransferEngine.Actors;

/// <summary>What the kernel itself throws.</summary>
public abstract class AkkaException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A <see cref="Kill"/> was received.</summary>
public sealed class ActorKilledException(string message) : AkkaException(message);

/// <summary>An actor could not be constructed or started.</summary>
public sealed class ActorInitializationException(IActorRef actor, string message, Exception? cause = null) : AkkaException(message, cause)
{
    public IActorRef Actor { get; } = actor;
}

/// <summary>A watched actor ended and the watcher did not handle its <see cref="Terminated"/>.</summary>
public sealed class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>A name is taken, or can't be part of a path.</summary>
public sealed class InvalidActorNameException(string message) : AkkaException(message);

/// <summary>A stash is full, or was given the same message twice.</summary>
public sealed class StashOverflowException(string message, Exception? cause = null) : AkkaException(message, cause);

/// <summary>Misuse of the stash.</summary>
public sealed class IllegalActorStateException(string message) : AkkaException(message);

/// <summary>An <c>Ask</c> was not answered in time.</summary>
public sealed class AskTimeoutException(string message) : AkkaException(message);

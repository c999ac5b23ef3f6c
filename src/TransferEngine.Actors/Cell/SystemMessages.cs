namespace TransferEngine.Actors;

/// <summary>The kernel's own signals: handled before any message, also while the cell is suspended.</summary>
internal abstract record SystemMessage;

/// <summary>Construct the actor and start it.</summary>
internal sealed record Create : SystemMessage;

/// <summary>Replace the failed instance.</summary>
internal sealed record Restart(Exception Cause) : SystemMessage;

/// <summary>Stop after the current message.</summary>
internal sealed record Terminate : SystemMessage;

/// <summary>Tell the watcher when the watchee ends.</summary>
internal sealed record Watch(IActorRef Watchee, InternalActorRef Watcher) : SystemMessage;

/// <summary>Do not tell it.</summary>
internal sealed record Unwatch(InternalActorRef Watcher) : SystemMessage;

/// <summary>An actor has ended. To its parent and its watchers.</summary>
internal sealed record DeathNotice(IActorRef Actor, bool ExistenceConfirmed) : SystemMessage;

/// <summary>A child has failed and is suspended until its parent decides.</summary>
internal sealed record ChildFailed(LocalActorRef Child, Exception Cause, int Incarnation) : SystemMessage;

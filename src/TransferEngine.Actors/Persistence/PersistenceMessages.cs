namespace TransferEngine.Actors;

/// <summary>The last thing that <see cref="UntypedPersistentActor.OnRecover"/> is given: all that was stored is applied.</summary>
public sealed class RecoveryCompleted
{
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted()
    {
    }
}

/// <summary>A recovery went on too long without getting on.</summary>
public sealed class RecoveryTimedOutException(string message, Exception? cause = null) : AkkaException(message, cause);

/// <summary>
/// What an actor's own journal tasks tell it. The instance number keeps an answer that was meant for an older instance
/// from the one that took its place.
/// </summary>
internal abstract record JournalMessage(int Instance) : INotInfluenceReceiveTimeout, IDeadLetterSuppression;

internal sealed record RecoveryPermitted(int Instance) : JournalMessage(Instance);

internal sealed record ReplayWindow(int Instance, IReadOnlyList<JournalRecord> Records, long Highest) : JournalMessage(Instance);

internal sealed record ReplayFailed(int Instance, Exception Cause) : JournalMessage(Instance);

internal sealed record RecoveryTick(int Instance) : JournalMessage(Instance);

internal sealed record BatchWritten(int Instance, Exception? Failure) : JournalMessage(Instance);

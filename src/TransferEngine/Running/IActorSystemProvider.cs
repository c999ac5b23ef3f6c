using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// The actor system in which jobs run: one a process, made when the first job starts, or the host's own. It has the plugin that
/// <see cref="JournalPlugin"/> names.
/// </summary>
public interface IActorSystemProvider
{
    /// <summary>The system that <see cref="GetAsync"/> gave, to look at; null as long as no job has asked for it.</summary>
    ActorSystem? Current { get; }

    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>: the place where state is kept can't be used.</exception>
    ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken);
}

/// <summary>Under which names the engine's persistent actors look for their journal: a host's own plugins are left alone.</summary>
public static class JournalPlugin
{
    /// <summary>The configuration of the journal.</summary>
    public const string Journal = "akka.persistence.journal.transfer-engine";
}

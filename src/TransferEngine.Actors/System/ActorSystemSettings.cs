namespace TransferEngine.Actors;

/// <summary>What an actor system runs on. The one part of the API that has no counterpart in Akka.NET, which takes HOCON here.</summary>
public sealed record ActorSystemSettings
{
    /// <summary>Where persistent actors keep their events; in memory unless given.</summary>
    public IEventJournal? Journal { get; init; }

    /// <summary>Turns events into bytes; needed as soon as an actor persists.</summary>
    public IEventSerializer? Serializer { get; init; }

    /// <summary>Timers, timeouts and back-off take their time from here.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Persistent actors that recover at once; the others wait for their turn.</summary>
    public int RecoveryPermits { get; init; } = 50;

    /// <summary>How long a recovery may go without getting on.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Events read from the journal at a time while recovering.</summary>
    public int ReplayWindow { get; init; } = 500;

    /// <summary>Messages that one actor may put aside.</summary>
    public int StashCapacity { get; init; } = 100_000;
}

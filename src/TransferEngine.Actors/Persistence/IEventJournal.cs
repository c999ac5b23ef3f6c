namespace TransferEngine.Actors;

/// <summary>
/// One stored event. <paramref name="SequenceNr"/> counts from 1 without gaps per <paramref name="PersistenceId"/>;
/// <paramref name="Payload"/> is what the system's <see cref="IEventSerializer"/> made.
/// </summary>
public sealed record JournalRecord(string PersistenceId, long SequenceNr, string Manifest, ReadOnlyMemory<byte> Payload, DateTimeOffset Created);

/// <summary>
/// Where persistent actors keep their events. Safe for concurrent use; calls for one persistence id come one at a
/// time, except reads by others. Any exception from <see cref="AppendAsync"/> but <see cref="JournalRejectedException"/>
/// means: outcome unknown.
/// </summary>
public interface IEventJournal : IAsyncDisposable
{
    /// <summary>
    /// Stores the records of one atomic write, all or none, and completes when they are durable. When the journal is busy the
    /// caller waits; nothing is dropped. Appending a sequence number that exists is an error.
    /// </summary>
    Task AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="max"/> records from <paramref name="fromSequenceNr"/> on, in order: one window of a replay.</summary>
    Task<IReadOnlyList<JournalRecord>> ReadAsync(string persistenceId, long fromSequenceNr, int max, CancellationToken cancellationToken);

    /// <summary>The highest sequence number ever stored, 0 for none; deleting events never lowers it.</summary>
    Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken);

    /// <summary>Deletes the records up to and including <paramref name="toSequenceNr"/>.</summary>
    Task DeleteAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken);
}

/// <summary>The journal refuses these records as they are and has stored none of them; the actor goes on.</summary>
public sealed class JournalRejectedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Turns events into bytes and back; the manifest names the kind.</summary>
public interface IEventSerializer
{
    string Manifest(object value);

    byte[] Serialize(object value);

    object Deserialize(string manifest, ReadOnlyMemory<byte> payload);
}

using System.Collections.Concurrent;

namespace TransferEngine.Actors;

/// <summary>A journal that lasts as long as its object: for tests, and for embedding without state.</summary>
public sealed class InMemoryEventJournal : IEventJournal
{
    private sealed class Stream
    {
        public SortedList<long, JournalRecord> Records { get; } = [];

        public long Highest { get; set; }
    }

    private readonly ConcurrentDictionary<string, Stream> _streams = new(StringComparer.Ordinal);

    public Task AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0)
            return Task.CompletedTask;
        var stream = _streams.GetOrAdd(records[0].PersistenceId, _ => new Stream());
        lock (stream)
        {
            var highest = stream.Highest;
            foreach (var record in records)
                highest = record.SequenceNr > highest ? record.SequenceNr : throw new InvalidOperationException($"{record.PersistenceId} has an event {record.SequenceNr} already.");
            foreach (var record in records)
                stream.Records.Add(record.SequenceNr, record);
            stream.Highest = highest;
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<JournalRecord>> ReadAsync(string persistenceId, long fromSequenceNr, int max, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(persistenceId, out var stream))
            return Task.FromResult<IReadOnlyList<JournalRecord>>([]);
        lock (stream)
            return Task.FromResult<IReadOnlyList<JournalRecord>>([.. stream.Records.Values.SkipWhile(record => record.SequenceNr < fromSequenceNr).Take(max)]);
    }

    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        Task.FromResult(_streams.TryGetValue(persistenceId, out var stream) ? stream.Highest : 0);

    public Task DeleteAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        if (_streams.TryGetValue(persistenceId, out var stream))
        {
            lock (stream)
            {
                foreach (var sequenceNr in stream.Records.Keys.TakeWhile(sequenceNr => sequenceNr <= toSequenceNr).ToList())
                    stream.Records.Remove(sequenceNr);
            }
        }
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

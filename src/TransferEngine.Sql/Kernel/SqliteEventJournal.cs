using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>
/// A job's events in one SQLite file. All writes go through one loop, which commits what has gathered meanwhile as one
/// transaction; reads go over a connection of their own. Ids that were never written are answered from memory, since every
/// actor of a new job asks once.
/// </summary>
public sealed class SqliteEventJournal : IEventJournal
{
    private readonly string _path;
    private readonly JournalWriter _writer;
    private readonly JournalReader _reader;
    private readonly SemaphoreSlim _reading = new(1);

    // Hashes of all ids ever written: a collision costs a query, never a wrong answer.
    private readonly HashSet<int> _written;

    private SqliteEventJournal(string path, JournalWriter writer, JournalReader reader, HashSet<int> written)
    {
        _path = path;
        _writer = writer;
        _reader = reader;
        _written = written;
    }

    /// <param name="path">The database; created if it is not there.</param>
    /// <param name="queueCapacity">How many appends may wait for the writer before a caller has to.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public static SqliteEventJournal Open(string path, int queueCapacity = 1024)
    {
        SqliteConnection? connection = null;
        JournalReader? reader = null;
        try
        {
            connection = SqliteConnections.OpenForWriting(path);
            reader = new JournalReader(SqliteConnections.OpenForWriting(path));
            var written = reader.ReadPersistenceIds();
            return new SqliteEventJournal(path, new JournalWriter(path, connection, queueCapacity), reader, written);
        }
        catch (SqliteException exception)
        {
            reader?.Dispose();
            connection?.Dispose();
            throw SqliteErrors.Failed(path, "opened", exception);
        }
    }

    /// <summary>Once queued the records are written, whether or not <paramref name="cancellationToken"/> fires meanwhile.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public Task AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0)
            return Task.CompletedTask;
        lock (_written)
        {
            foreach (var record in records)
                _written.Add(HashOf(record.PersistenceId));
        }
        return WriteAsync(new JournalWrite(statements => statements.Insert(records), IsOneStatement: records.Count == 1), cancellationToken);
    }

    public Task<IReadOnlyList<JournalRecord>> ReadAsync(string persistenceId, long fromSequenceNr, int max, CancellationToken cancellationToken) =>
        IsUnknown(persistenceId)
            ? Task.FromResult<IReadOnlyList<JournalRecord>>([])
            : QueryAsync(() => _reader.Read(persistenceId, fromSequenceNr, max), cancellationToken);

    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) => IsUnknown(persistenceId)
        ? Task.FromResult(0L)
        : QueryAsync(() => _reader.ReadHighestSequenceNr(persistenceId), cancellationToken);

    /// <summary>The record with the highest number stays, marked as deleted: it keeps the number.</summary>
    public Task DeleteAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        WriteAsync(new JournalWrite(statements => statements.Delete(persistenceId, toSequenceNr), IsOneStatement: false), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _reading.WaitAsync();
        _reader.Dispose();
        _reading.Dispose();
    }

    internal static int HashOf(string persistenceId) => string.GetHashCode(persistenceId, StringComparison.Ordinal);

    private bool IsUnknown(string persistenceId)
    {
        lock (_written)
            return !_written.Contains(HashOf(persistenceId));
    }

    private async Task WriteAsync(JournalWrite write, CancellationToken cancellationToken)
    {
        try
        {
            await _writer.Queue.WriteAsync(write, cancellationToken);
        }
        catch (ChannelClosedException exception)
        {
            throw new ObjectDisposedException("The journal is closed.", exception);
        }
        await write.Completion.Task;
    }

    private async Task<T> QueryAsync<T>(Func<T> query, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(query, cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Failed(_path, "read", exception);
        }
        finally
        {
            _reading.Release();
        }
    }
}

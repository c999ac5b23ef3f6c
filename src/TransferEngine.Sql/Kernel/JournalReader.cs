using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>The reading connection and its prepared queries. For one thread at a time.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _read;
    private readonly SqliteCommand _highest;

    public JournalReader(SqliteConnection connection)
    {
        _connection = connection;
        _read = connection.CreateCommand();
        _read.CommandText =
            """
            SELECT sequence_number, manifest, message, created FROM journal
            WHERE persistence_id = $id AND sequence_number >= $from AND deleted = 0 ORDER BY sequence_number LIMIT $max
            """;
        _highest = connection.CreateCommand();
        _highest.CommandText = "SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = $id";
    }

    public HashSet<int> ReadPersistenceIds()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT persistence_id FROM journal";
        using var rows = command.ExecuteReader();
        var hashes = new HashSet<int>();
        while (rows.Read())
            hashes.Add(SqliteEventJournal.HashOf(rows.GetString(0)));
        return hashes;
    }

    public IReadOnlyList<JournalRecord> Read(string persistenceId, long fromSequenceNr, int max)
    {
        _read.Parameters.Clear();
        _read.Parameters.AddWithValue("$id", persistenceId);
        _read.Parameters.AddWithValue("$from", fromSequenceNr);
        _read.Parameters.AddWithValue("$max", max);
        using var rows = _read.ExecuteReader();
        var records = new List<JournalRecord>();
        while (rows.Read())
        {
            var created = JournalSchema.Created(rows.GetInt64(3));
            records.Add(new JournalRecord(persistenceId, rows.GetInt64(0), rows.GetString(1), rows.GetFieldValue<byte[]>(2), created));
        }
        return records;
    }

    public long ReadHighestSequenceNr(string persistenceId)
    {
        _highest.Parameters.Clear();
        _highest.Parameters.AddWithValue("$id", persistenceId);
        return (long)_highest.ExecuteScalar()!;
    }

    public void Dispose()
    {
        _read.Dispose();
        _highest.Dispose();
        _connection.Dispose();
    }
}

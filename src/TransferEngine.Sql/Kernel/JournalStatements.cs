using System.Text.Unicode;
using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>The writer's statements. For one thread at a time.</summary>
internal sealed class JournalStatements : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly PreparedStatement _begin;
    private readonly PreparedStatement _commit;
    private readonly PreparedStatement _savepoint;
    private readonly PreparedStatement _release;
    private readonly PreparedStatement _insert;

    public JournalStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = new PreparedStatement(connection, "BEGIN IMMEDIATE");
        _commit = new PreparedStatement(connection, "COMMIT");
        _savepoint = new PreparedStatement(connection, "SAVEPOINT one_write");
        _release = new PreparedStatement(connection, "RELEASE one_write");
        _insert = new PreparedStatement(
            connection,
            """
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid)
            VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7)
            """);
        _insert.Bind(6, JournalSchema.SerializerIdentifier);
        _insert.Bind(7, Guid.NewGuid().ToString());
    }

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void Savepoint() => _savepoint.Run();

    public void Release() => _release.Run();

    public void RollbackToSavepoint() => SqliteConnections.Execute(_connection, "ROLLBACK TO one_write; RELEASE one_write");

    /// <summary>Does nothing where SQLite has rolled back already, as it does on a full disk.</summary>
    public void TryRollback()
    {
        try
        {
            SqliteConnections.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // No transaction is open: that is what was wanted.
        }
    }

    public void Insert(IReadOnlyList<JournalRecord> records)
    {
        foreach (var record in records)
        {
            _insert.Bind(1, record.Created.ToUnixTimeMilliseconds());
            _insert.Bind(2, record.PersistenceId);
            _insert.Bind(3, record.SequenceNr);
            BindMessage(record.Payload.Span);
            _insert.Bind(5, record.Manifest);
            _insert.Run();
        }
    }

    public void Delete(string persistenceId, long toSequenceNr)
    {
        RunDelete("UPDATE journal SET deleted = 1 WHERE persistence_id = ?1 AND sequence_number <= ?2", persistenceId, toSequenceNr);
        RunDelete(
            """
            DELETE FROM journal WHERE persistence_id = ?1 AND sequence_number <= ?2
            AND sequence_number < (SELECT MAX(sequence_number) FROM journal WHERE persistence_id = ?1)
            """,
            persistenceId,
            toSequenceNr);
    }

    public void Dispose()
    {
        foreach (var statement in (PreparedStatement[])[_begin, _commit, _savepoint, _release, _insert])
            statement.Dispose();
    }

    // JSON goes in as text, so that sqlite3 shows it and its JSON functions take it.
    private void BindMessage(ReadOnlySpan<byte> payload)
    {
        if (!payload.IsEmpty && !payload.Contains((byte)0) && Utf8.IsValid(payload))
            _insert.BindText(4, payload);
        else
            _insert.BindBlob(4, payload);
    }

    private void RunDelete(string sql, string persistenceId, long toSequenceNr)
    {
        using var statement = new PreparedStatement(_connection, sql);
        statement.Bind(1, persistenceId);
        statement.Bind(2, toSequenceNr);
        statement.Run();
    }
}

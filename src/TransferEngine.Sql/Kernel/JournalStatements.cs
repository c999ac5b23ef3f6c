using System.Text;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>The writer's prepared statements. For one thread at a time.</summary>
internal sealed class JournalStatements : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _savepoint;
    private readonly SqliteCommand _release;
    private readonly SqliteCommand _insert;
    private readonly string _writerUuid = Guid.NewGuid().ToString();

    public JournalStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _savepoint = Prepare("SAVEPOINT one_write");
        _release = Prepare("RELEASE one_write");
        _insert = Prepare(
            """
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid)
            VALUES ($created, 0, $persistence_id, $sequence_number, $message, $manifest, $identifier, $writer_uuid)
            """,
            "$created", "$persistence_id", "$sequence_number", "$message", "$manifest", "$identifier", "$writer_uuid");
        _insert.Parameters["$identifier"].Value = JournalSchema.SerializerIdentifier;
        _insert.Parameters["$writer_uuid"].Value = _writerUuid;
    }

    public void Begin() => _begin.ExecuteNonQuery();

    public void Commit() => _commit.ExecuteNonQuery();

    public void Savepoint() => _savepoint.ExecuteNonQuery();

    public void Release() => _release.ExecuteNonQuery();

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
        var parameters = _insert.Parameters;
        foreach (var record in records)
        {
            parameters["$created"].Value = record.Created.ToUnixTimeMilliseconds();
            parameters["$persistence_id"].Value = record.PersistenceId;
            parameters["$sequence_number"].Value = record.SequenceNr;
            parameters["$message"].Value = Stored(record.Payload.Span);
            parameters["$manifest"].Value = record.Manifest;
            _insert.ExecuteNonQuery();
        }
    }

    public void Delete(string persistenceId, long toSequenceNr)
    {
        using var mark = Prepare(
            "UPDATE journal SET deleted = 1 WHERE persistence_id = $id AND sequence_number <= $to", "$id", "$to");
        using var remove = Prepare(
            """
            DELETE FROM journal WHERE persistence_id = $id AND sequence_number <= $to
            AND sequence_number < (SELECT MAX(sequence_number) FROM journal WHERE persistence_id = $id)
            """,
            "$id", "$to");
        foreach (var command in (SqliteCommand[])[mark, remove])
        {
            command.Parameters["$id"].Value = persistenceId;
            command.Parameters["$to"].Value = toSequenceNr;
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _savepoint, _release, _insert])
            command.Dispose();
    }

    // JSON goes in as text, so that sqlite3 shows it and its JSON functions take it.
    private static object Stored(ReadOnlySpan<byte> payload) =>
        Utf8.IsValid(payload) && !payload.Contains((byte)0) ? Encoding.UTF8.GetString(payload) : payload.ToArray();

    private SqliteCommand Prepare(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.AddWithValue(name, DBNull.Value);
        command.Prepare();
        return command;
    }
}

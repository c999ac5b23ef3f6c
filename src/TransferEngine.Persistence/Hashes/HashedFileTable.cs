using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>The table of hashed files, and its statements. For one thread at a time.</summary>
internal sealed class HashedFileTable : IDisposable
{
    // Some hundred megabytes.
    private const int MaxRows = 1_000_000;
    private const int MaxDays = 90;

    private const string Definition = """
        CREATE TABLE IF NOT EXISTS hashes (
            device INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            algorithm TEXT NOT NULL,
            length INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            hash BLOB NOT NULL,
            used INTEGER NOT NULL,
            seal INTEGER NOT NULL,
            PRIMARY KEY (device, inode, algorithm)) WITHOUT ROWID
        """;

    private readonly SqliteConnection _connection;
    private readonly PreparedStatement _find;
    private readonly PreparedStatement _put;

    private HashedFileTable(SqliteConnection connection)
    {
        _connection = connection;
        _find = new PreparedStatement(connection, "SELECT length, modified, hash, used, seal FROM hashes WHERE device = ?1 AND inode = ?2 AND algorithm = ?3");
        _put = new PreparedStatement(connection, "INSERT OR REPLACE INTO hashes (device, inode, algorithm, length, modified, hash, used, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    }

    /// <param name="path">The database; made, for its owner alone, if it is not there.</param>
    /// <exception cref="SqliteException">It can't be opened, or is no such database.</exception>
    /// <exception cref="IOException">It can't be made.</exception>
    public static HashedFileTable Open(string path)
    {
        StateFiles.CreateDatabase(path);
        var connection = SqliteConnections.OpenForWriting(path, opened => SqliteConnections.Execute(opened, Definition));
        try
        {
            return new HashedFileTable(connection);
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    public HashedFile? Find(HashedFileKey key)
    {
        BindKey(_find, key);
        return _find.First(row => (File: Read(row, key.Algorithm), Seal: row.Number(4))) is ({ } file, var seal) && seal == file.SealOf(key) ? file : null;
    }

    /// <summary>All of them in one transaction.</summary>
    /// <param name="files">Each in place of what was known of its key.</param>
    /// <param name="today">Rows that were not used for long are given up, seen from this day; null: that has time.</param>
    public void Put(IEnumerable<KeyValuePair<HashedFileKey, HashedFile>> files, long? today)
    {
        SqliteConnections.Execute(_connection, "BEGIN IMMEDIATE");
        try
        {
            foreach (var (key, file) in files)
                Put(key, file);
            if (today is { } day)
                Prune(day);
            SqliteConnections.Execute(_connection, "COMMIT");
        }
        catch (SqliteException)
        {
            TryRollback();
            throw;
        }
    }

    public void Dispose()
    {
        _find.Dispose();
        _put.Dispose();
        _connection.Dispose();
    }

    private static HashedFile? Read(PreparedStatement row, string algorithm) =>
        Digest.TryParse($"{algorithm}:{Convert.ToHexStringLower(row.Blob(2))}", out var digest) ? new HashedFile(row.Number(0), row.Number(1), digest, row.Number(3)) : null;

    private void Put(HashedFileKey key, HashedFile file)
    {
        BindKey(_put, key);
        _put.Bind(4, file.Length);
        _put.Bind(5, file.ModifiedAt);
        _put.BindBlob(6, Convert.FromHexString(file.Digest.Hex));
        _put.Bind(7, file.UsedOn);
        _put.Bind(8, file.SealOf(key));
        _put.Run();
    }

    private static void BindKey(PreparedStatement statement, HashedFileKey key)
    {
        statement.Bind(1, unchecked((long)key.Device));
        statement.Bind(2, unchecked((long)key.Inode));
        statement.Bind(3, key.Algorithm);
    }

    private void Prune(long today)
    {
        SqliteConnections.Execute(_connection, $"DELETE FROM hashes WHERE used < {today - MaxDays} OR used > {today + MaxDays}");
        SqliteConnections.Execute(_connection, $"""
            DELETE FROM hashes WHERE (device, inode, algorithm) IN (
                SELECT device, inode, algorithm FROM hashes ORDER BY used LIMIT max(0, (SELECT COUNT(*) FROM hashes) - {MaxRows}))
            """);
    }

    private void TryRollback()
    {
        try
        {
            SqliteConnections.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite did so itself, as on a full disk.
        }
    }
}

using Microsoft.Data.Sqlite;

namespace TransferEngine.Persistence;

/// <summary>How single databases are opened. Unpooled: a closed connection shall leave no open file behind.</summary>
internal static class SqliteConnections
{
    /// <summary>
    /// The database is made if it is not there. Write-ahead log: readers and the writer don't wait for each other. Synchronous NORMAL: a commit survives the end of the
    /// process; a power failure may take the last ones with it.
    /// </summary>
    /// <param name="path">The database.</param>
    /// <param name="create">Makes the tables that are missing.</param>
    public static SqliteConnection OpenForWriting(string path, Action<SqliteConnection> create)
    {
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWriteCreate));
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            create(connection);
            return connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static string ConnectionString(string source, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false }.ConnectionString;
}

using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>How databases are opened. Unpooled: a closed connection shall leave no open file behind.</summary>
internal static class SqliteConnections
{
    /// <summary>
    /// The database is made if it is not there. Write-ahead log: readers and the writer don't wait for each other. Synchronous NORMAL: a commit survives the end of the
    /// process; a power failure may take the last ones with it, which costs a request each, never an image.
    /// </summary>
    public static SqliteConnection OpenForWriting(string path) => OpenForWriting(path, JournalSchema.Create);

    /// <inheritdoc cref="OpenForWriting(string)"/>
    /// <param name="path">The database.</param>
    /// <param name="create">Makes the tables that are missing.</param>
    public static SqliteConnection OpenForWriting(string path, Action<SqliteConnection> create)
    {
        var connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
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

    /// <summary>
    /// Without a log beside it nobody writes to the database and all is in it. Then it is read as it is, since
    /// SQLite would create a log even for a reader.
    /// </summary>
    public static SqliteConnection OpenForReading(JobFiles files) => File.Exists(files.WriteAheadLog)
        ? Open(files.Database, SqliteOpenMode.ReadOnly)
        : Open($"{new Uri(files.Database).AbsoluteUri}?immutable=1", SqliteOpenMode.ReadOnly);

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(ConnectionString(source, mode, pooling: false));
        connection.Open();
        return connection;
    }

    public static string ConnectionString(string source, SqliteOpenMode mode, bool pooling) =>
        new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = pooling }.ConnectionString;
}

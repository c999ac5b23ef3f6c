using System.Data.Common;
using LinqToDB;
using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>One SQLite file in the state folder, for all jobs and processes of this machine. A write-ahead log: readers and the writer don't wait for each other.</summary>
internal sealed class SqliteState : StateDatabase
{
    /// <summary>The file's name in the state folder.</summary>
    public const string FileName = "jobs.db";

    // The journal of Akka.Persistence.Sql's default mapping, with no index that nothing here asks for.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS journal (
            ordering INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            created BIGINT NOT NULL,
            deleted BIT NOT NULL,
            persistence_id NVARCHAR(255) NOT NULL,
            sequence_number BIGINT NOT NULL,
            message BLOB NOT NULL,
            manifest NVARCHAR(500) NULL,
            identifier INTEGER NULL,
            tags NVARCHAR(100) NULL,
            writer_uuid NVARCHAR(128) NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS journal_uq ON journal (persistence_id, sequence_number);
        CREATE TABLE IF NOT EXISTS job (
            name TEXT NOT NULL PRIMARY KEY,
            owner TEXT NULL,
            host TEXT NULL,
            process INTEGER NULL,
            incarnation TEXT NULL,
            since BIGINT NULL,
            expires BIGINT NULL);
        """;

    // A writer waits for others, who are soon done, as long as a busy machine may need.
    private const int TimeoutSeconds = 300;

    private readonly string _path;

    public SqliteState(JobStoreOptions options)
    {
        _path = Path.Combine(options.ResolveDirectory(), FileName);
        Options = new DataOptions()
            .UseConnectionString("SQLite.MS", ConnectionString(SqliteOpenMode.ReadWrite, pooling: true))
            // Said anew to each connection: a pool hands on what its last user said, and a file has no setting for it. NORMAL: a commit
            // survives the end of the process; a power failure may take the last ones with it, which costs a request each, never an image.
            .UseAfterConnectionOpened(Prepare, (connection, _) =>
            {
                Prepare(connection);
                return Task.CompletedTask;
            });
    }

    public override string Place => _path;

    public override bool IsShared => false;

    public override bool Exists => File.Exists(_path);

    public override string Now => "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

    public override DataOptions Options { get; }

    public override int Writers => 1;

    public override async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            StateFiles.CreateDatabase(_path);
            await using var connection = new SqliteConnection(ConnectionString(SqliteOpenMode.ReadWrite, pooling: false));
            await connection.OpenAsync(cancellationToken);
            SqliteConnections.Execute(connection, $"PRAGMA journal_mode = WAL; {Tables}");
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw Failed("opened", e);
        }
    }

    public override async Task<DbConnection> OpenAsync(bool toWrite, CancellationToken cancellationToken)
    {
        // Without a log beside it nobody writes to the database and all is in it. Then it is read as it is, since
        // SQLite would create a log even for a reader.
        var connection = toWrite || File.Exists(_path + "-wal")
            ? new SqliteConnection(ConnectionString(toWrite ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly, pooling: false))
            : new SqliteConnection(SqliteConnections.ConnectionString($"{new Uri(_path).AbsoluteUri}?immutable=1", SqliteOpenMode.ReadOnly));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (SqliteException e)
        {
            await connection.DisposeAsync();
            throw Failed("opened", e);
        }
    }

    public override TransferException Failed(string verb, Exception cause) => SqliteErrors.Failed(_path, verb, cause);

    private static void Prepare(DbConnection connection) => SqliteConnections.Execute((SqliteConnection)connection, "PRAGMA synchronous = NORMAL");

    private string ConnectionString(SqliteOpenMode mode, bool pooling) =>
        new SqliteConnectionStringBuilder { DataSource = _path, Mode = mode, Pooling = pooling, DefaultTimeout = TimeoutSeconds }.ConnectionString;
}

using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>
/// The journal's table, in names and meaning that of Akka.Persistence.Sql's default mapping, so that either
/// actor runtime's state is read the same way.
/// </summary>
internal static class JournalSchema
{
    /// <summary>Says in the column <c>identifier</c> who serialized: <see cref="JobEventJson"/>. Under Akka.NET, the serializer's identifier.</summary>
    public const int SerializerIdentifier = 7301;

    private const string Definition = """
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
        """;

    /// <summary>No tick count of a time at which this program ran is as low, no count of milliseconds as high.</summary>
    private const long TicksFrom = 100_000_000_000_000_000;

    public static void Create(SqliteConnection connection) => SqliteConnections.Execute(connection, Definition);

    public static bool Exists(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'journal')";
        return (long)command.ExecuteScalar()! == 1;
    }

    /// <summary>We store Unix time in milliseconds; Akka.NET stores ticks.</summary>
    public static DateTimeOffset Created(long stored) => stored >= TicksFrom
        ? new DateTimeOffset(stored, TimeSpan.Zero)
        : DateTimeOffset.FromUnixTimeMilliseconds(stored);
}

using Microsoft.Data.Sqlite;

namespace TransferEngine.Persistence.Tests;

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sql-tests-").FullName;

    public JobStoreOptions Options => new() { StateDirectory = System.IO.Path.Combine(Path, "state") };

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string StateFile(string name) => System.IO.Path.Combine(Path, "state", name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>What <c>sqlite3 FILE SQL</c> would print: rows by line, columns by bar.</summary>
    public static string Query(string database, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var lines = new List<string>();
        while (rows.Read())
            lines.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(rows.GetValue)));
        return string.Join('\n', lines);
    }
}

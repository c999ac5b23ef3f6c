using Microsoft.Data.Sqlite;

namespace TransferEngine.TestKit.Databases;

/// <summary>A look into a SQLite file that is none of the engine's.</summary>
public static class SqliteQuery
{
    /// <summary>What <c>sqlite3 FILE SQL</c> would print: rows by line, columns by bar.</summary>
    public static string Run(string database, string sql)
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

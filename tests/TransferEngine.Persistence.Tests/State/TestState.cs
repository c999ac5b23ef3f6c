using System.Data.Common;
using System.Text;

namespace TransferEngine.Persistence.Tests.State;

/// <summary>A state database of one test's own, and a look into it that is none of the engine's.</summary>
public abstract class TestState
{
    private readonly TempFolder _folder = new();

    public JobStoreOptions Options => new() { StateDirectory = _folder.Options.StateDirectory, Database = Database };

    public SqlJobStore Store => new(Options, TimeProvider.System);

    /// <summary>Milliseconds since 1970 in SQL.</summary>
    public string Now => StateDatabase.Of(Options).Now;

    protected abstract string Database { get; }

    public string StateFile(string name) => _folder.StateFile(name);

    /// <summary>Rows by line, columns by bar, contents as the text that they are; parameters are <c>@p0</c> and so on.</summary>
    public async Task<string> QueryAsync(string sql, params object[] parameters)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", parameters[i]);
            command.Parameters.Add(parameter);
        }
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync())
            lines.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(i => rows.GetValue(i) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : rows.GetValue(i))));
        return string.Join('\n', lines);
    }

    /// <summary>Nothing of it stays.</summary>
    public virtual Task RemoveAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    protected abstract DbConnection Connect();
}

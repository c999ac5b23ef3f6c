using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace TransferEngine.Persistence.Tests.State;

/// <summary>A file in a folder of the test's own.</summary>
public sealed class SqliteTestState : TestState
{
    protected override string Database => "";

    public static Task<TestState> CreateAsync() => Task.FromResult<TestState>(new SqliteTestState());

    protected override DbConnection Connect() => new SqliteConnection($"Data Source={StateFile(SqliteState.FileName)};Pooling=False");
}

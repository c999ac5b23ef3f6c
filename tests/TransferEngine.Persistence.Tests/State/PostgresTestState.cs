using System.Data.Common;
using Npgsql;
using TransferEngine.TestKit.Databases;

namespace TransferEngine.Persistence.Tests.State;

/// <summary>A database of the test's own at the tests' server.</summary>
public sealed class PostgresTestState : TestState
{
    private readonly PostgresDatabase _database;

    private PostgresTestState(PostgresDatabase database) => _database = database;

    protected override string Database => _database.ConnectionString;

    public static async Task<TestState> CreateAsync(PostgresServer server) => new PostgresTestState(await server.CreateDatabaseAsync());

    public override async Task RemoveAsync()
    {
        await _database.DisposeAsync();
        await base.RemoveAsync();
    }

    protected override DbConnection Connect() => new NpgsqlConnection(_database.ConnectionString);
}

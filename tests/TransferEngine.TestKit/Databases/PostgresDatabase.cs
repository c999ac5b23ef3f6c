using Npgsql;

namespace TransferEngine.TestKit.Databases;

/// <summary>A database of one test's own.</summary>
/// <param name="server">Where it is.</param>
/// <param name="name">How it is called.</param>
public sealed class PostgresDatabase(PostgresServer server, string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    /// <summary>As its owner, with the password in it.</summary>
    public string ConnectionString { get; } = server.ConnectionString(PostgresServer.User, server.Password, name);

    /// <summary>As its owner, without a password.</summary>
    public string ConnectionStringWithoutPassword => new NpgsqlConnectionStringBuilder(ConnectionString) { Password = null }.ConnectionString;

    /// <summary>A line of the file that <c>PGPASSFILE</c> names.</summary>
    public string PasswordLine => $"{server.Host}:{Name}:{PostgresServer.User}:{server.Password}\n";

    /// <summary>Drops it, whoever is still connected.</summary>
    public async ValueTask DisposeAsync() => await server.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace TransferEngine.TestKit.Databases;

/// <summary>
/// A PostgreSQL of the tests' own, of Debian's package, on a loopback port: one for all tests of a collection (as its fixture), with
/// a database for each of them. It flushes nothing, and ends with this process, however that ends.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>Who owns the tests' databases, and may do nothing else.</summary>
    public const string User = "mover";

    private const string Administrator = "postgres";
    private const int StartAttempts = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly string _administratorPassword = Guid.NewGuid().ToString("N");
    private Process? _process;
    private int _databases;

    public int Port { get; private set; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>The password of <see cref="User"/>: a text that is found nowhere else.</summary>
    public string Password { get; } = Guid.NewGuid().ToString("N");

    private string Home => _folder.Of("server");

    private string Data => _folder.Of("server", "data");

    private string Log => _folder.Of("server", "log");

    /// <summary>Makes the server and starts it.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public async Task InitializeAsync()
    {
        var programs = PostgresPrograms.Find();
        Directory.CreateDirectory(Home);
        await File.WriteAllTextAsync(_folder.Of("server", "password"), _administratorPassword);
        await PostgresPrograms.GiveAsync(Home);
        await programs.RunAsync("initdb", $"--pgdata={Data}", $"--username={Administrator}", $"--pwfile={_folder.Of("server", "password")}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1");
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            _process = programs.StartServer(Log, "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB");
            if (await AnswersAsync())
                break;
            await EndAsync();
            // Somebody else may have taken the port between our looking and its binding.
            if (attempt == StartAttempts || !ReadLog().Contains("Address already in use", StringComparison.Ordinal))
                throw new InvalidOperationException($"PostgreSQL did not start on {Host}:\n{ReadLog()}");
        }
        await ExecuteAsync($"CREATE ROLE {User} LOGIN PASSWORD '{Password}'");
    }

    /// <summary>An empty database, which <see cref="User"/> owns. To be dropped by whoever asked for it.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name} OWNER {User}");
        return new PostgresDatabase(this, name);
    }

    /// <summary>Runs a statement as the server's administrator.</summary>
    public async Task ExecuteAsync(string sql, string database = Administrator)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(Administrator, _administratorPassword, database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends it: all connections break.</summary>
    public async Task EndAsync()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task DisposeAsync()
    {
        await EndAsync();
        _folder.Dispose();
    }

    internal string ConnectionString(string user, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = user,
        Password = password,
        Database = database,
        // Nobody keeps a database from being dropped but those who use it.
        Pooling = user != Administrator,
        Timeout = (int)Patience.TotalSeconds,
    }.ConnectionString;

    private async Task<bool> AnswersAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!_process!.HasExited && Stopwatch.GetElapsedTime(started) < Patience)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return true;
            }
            // Another server may have the port that ours failed to bind: it does not know the password.
            catch (NpgsqlException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        return false;
    }

    private string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

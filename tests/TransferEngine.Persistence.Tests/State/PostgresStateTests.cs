using Npgsql;
using TransferEngine.TestKit.Databases;

namespace TransferEngine.Persistence.Tests.State;

/// <summary>What is particular to state at a server: it may not be there, may not let one in, and others use it too.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresStateTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TempFolder _folder = new();
    private PostgresDatabase _database = null!;

    public static TheoryData<string> Unusable => [.. WhatIsWrong.Keys];

    private static Dictionary<string, (Action<NpgsqlConnectionStringBuilder> Change, string Message, string Hint)> WhatIsWrong { get; } = new(StringComparer.Ordinal)
    {
        ["password"] = (parts => parts.Password += "-but-wrong", "password authentication failed for user \"mover\"", "PGPASSFILE"),
        ["no password"] = (parts => (parts.Password, parts.Passfile) = (null, "/dev/null"), "No password has been provided", "lets you in"),
        ["user"] = (parts => parts.Username = "nobody", "password authentication failed for user \"nobody\"", "PGPASSFILE"),
        ["database"] = (parts => parts.Database = "other", "database \"other\" does not exist", "createdb"),
        ["port"] = (parts => parts.Port = 1, "Failed to connect to 127.0.0.1:1", "lets you in"),
        // Such a name is asked of no name server.
        ["host"] = (parts => parts.Host = new string('h', 64), "could not be opened", "lets you in"),
        ["certificate"] = (parts => (parts.SslMode, parts.RootCertificate) = (SslMode.VerifyFull, "/nowhere.pem"), "could not be opened", "lets you in"),
    };

    private JobStoreOptions Options => OptionsOf(_database.ConnectionString);

    private SqlJobStore Store => new(Options, TimeProvider.System);

    public async Task InitializeAsync() => _database = await server.CreateDatabaseAsync();

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_database_that_can_not_be_used_is_an_error_with_a_hint_and_without_the_password(string what)
    {
        var (change, message, hint) = WhatIsWrong[what];
        var parts = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        change(parts);
        var options = OptionsOf(parts.ConnectionString);
        var store = new SqlJobStore(options, TimeProvider.System);
        await using var system = new SqlActorSystem(options);
        Func<Task>[] attempts =
        [
            () => store.OpenAsync("mine", restart: false, default), () => store.ListAsync(default), () => store.ReadAsync("mine", default),
            () => JournalProbe.RunAsync(options, default), async () => await system.GetAsync(default),
        ];
        foreach (var attempt in attempts)
        {
            var failure = await Assert.ThrowsAsync<TransferException>(attempt);
            Assert.Equal((ErrorCode.JournalFailed, ErrorScope.Endpoint, $"{parts.Host}:{parts.Port}"), (failure.Error.Code, failure.Error.Scope, failure.Error.Host));
            Assert.Equal($"postgresql://{parts.Host}:{parts.Port}/{parts.Database}", failure.Error.Path);
            Assert.Contains(message, failure.Error.Message, StringComparison.Ordinal);
            Assert.Contains(hint, failure.Error.Hint, StringComparison.Ordinal);
            Assert.DoesNotContain(server.Password, failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host=db.example.org;Pasword=topsecret")]
    [InlineData("Host=db.example.org;Port=topsecret")]
    [InlineData("Host=db.example.org;SSL Mode=topsecret")]
    [InlineData("Host=db.example.org;Password=topsecret;Timeout=-7")]
    [InlineData("Database=transfer;Password=topsecret")]
    [InlineData("postgresql://mover:topsecret@db.example.org/transfer")]
    public void What_is_no_connection_string_is_refused_and_not_shown(string text)
    {
        var failure = Assert.Throws<TransferException>(() => new SqlJobStore(OptionsOf(text), TimeProvider.System));
        Assert.Equal((ErrorCode.ConfigurationInvalid, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("transfer-engine.journal.database", failure.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 300)]
    [InlineData(";Command Timeout=7", 7)]
    public async Task A_busy_server_is_waited_for_as_long_as_the_user_says_or_five_minutes(string more, int seconds)
    {
        await using var connection = await StateDatabase.Of(OptionsOf(_database.ConnectionString + more)).OpenAsync(toWrite: true, default);
        await using var command = connection.CreateCommand();
        Assert.Equal(seconds, command.CommandTimeout);
    }

    [Fact]
    public async Task Many_may_begin_at_once_with_a_database_that_is_empty() =>
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => JournalProbe.RunAsync(Options, default))));

    [Fact]
    public async Task Nobody_who_begins_waits_for_those_who_write()
    {
        await JournalProbe.RunAsync(Options, default);
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (1, false, 'other/blobs', 1, '')", connection);
        await command.ExecuteNonQueryAsync();
        await (await Store.OpenAsync("mine", restart: true, default).WaitAsync(Patience)).DisposeAsync();
    }

    [Fact]
    public async Task A_user_who_may_make_no_tables_is_told_so_and_can_use_those_of_another()
    {
        var user = $"rows_only_{_database.Name}";
        await server.ExecuteAsync($"CREATE ROLE {user} LOGIN PASSWORD '{server.Password}'");
        var options = OptionsOf(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Username = user, Pooling = false }.ConnectionString);
        var store = new SqlJobStore(options, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<TransferException>(() => store.OpenAsync("mine", restart: false, default));
        Assert.Contains("permission denied for schema public", failure.Error.Message, StringComparison.Ordinal);
        Assert.Contains("make tables", failure.Error.Hint, StringComparison.Ordinal);

        await JournalProbe.RunAsync(Options, default);
        await server.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}", _database.Name);
        await using (await store.OpenAsync("mine", restart: true, default))
        await using (var system = new SqlActorSystem(options))
            await (await Recorder.StartAsync(system, "mine/blobs")).RecordAsync(new BlobUploaded("sha256:1", "r", 70));
        Assert.Equal(70, (await store.ReadAsync("mine", default)).BytesUploaded);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(-1, true)]
    public async Task Another_machine_of_the_same_name_keeps_its_job_as_long_as_it_renews_the_claim(int minutes, bool isFree)
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        await server.ExecuteAsync(
            $"UPDATE job SET owner = 'x', process = {Environment.ProcessId}, incarnation = 'another boot/pid:[1]/17', expires = {StateDatabase.Of(Options).Now} + {minutes * 60_000}", _database.Name);
        var attempt = Store.OpenAsync("mine", restart: false, default);
        if (isFree)
            await (await attempt).DisposeAsync();
        else
            Assert.Equal(ErrorCode.JobBusy, (await Assert.ThrowsAsync<TransferException>(() => attempt)).Error.Code);
    }

    private JobStoreOptions OptionsOf(string connectionString) => new() { StateDirectory = _folder.Options.StateDirectory, Database = connectionString };
}

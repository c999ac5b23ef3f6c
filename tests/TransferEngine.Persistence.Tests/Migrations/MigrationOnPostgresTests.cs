using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TransferEngine.Persistence.Tests.State;
using TransferEngine.TestKit.Databases;
using TransferEngine.TestKit.Memory;
using TransferEngine.TestKit.Telemetry;

namespace TransferEngine.Persistence.Tests.Migrations;

/// <summary>The engine whose configuration names a database of PostgreSQL, from end to end.</summary>
[Collection(PostgresCollection.Name)]
public sealed class MigrationOnPostgresTests : IDisposable
{
    private const int Images = 20;
    private const int Repositories = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly PostgresServer _server;
    private readonly TempFolder _folder = new();
    private readonly KeptLog _log = new();
    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();

    public MigrationOnPostgresTests(PostgresServer server)
    {
        _server = server;
        for (var i = 0; i < Images; i++)
            _source.AddImage($"team/app{i % Repositories}", $"v{i}", "shared", $"own {i}");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_stopped_run_is_told_of_and_taken_up_where_another_host_has_the_same_configuration()
    {
        const int before = 7;
        await using var database = await _server.CreateDatabaseAsync();
        using var stop = new CancellationTokenSource();
        var manifests = 0;
        _target.Before = (request, token) => request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal) && Interlocked.Increment(ref manifests) > before
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)
            : Task.CompletedTask;
        var reached = new Count(before);
        MigrationReport first;
        await using (var services = Build(database))
        await using (var others = Build(database))
        {
            var running = RunAsync(services, reached, stop.Token);
            await reached.Task.WaitAsync(Patience);
            Assert.Equal(Environment.ProcessId, (await StatusAsync(others)).RunningAt?.Process);
            await stop.CancelAsync();
            first = await running;
        }
        Assert.Equal((true, before), (first.IsInterrupted, first.Totals.Migrated));

        _target.Before = (_, _) => Task.CompletedTask;
        await using var later = Build(database);
        var stopped = await StatusAsync(later);
        Assert.Equal(("memory:source", "memory:target", false, null), (stopped.Source, stopped.Target, stopped.IsFinished, stopped.RunningAt));
        Assert.Equal((before, 0), (stopped.TagsSet, stopped.ImagesFailed));
        var second = await RunAsync(later, new Count(Images), CancellationToken.None);
        Assert.Equal((true, true, Images, before), (second.IsResumed, second.IsComplete, second.Totals.Images, second.Totals.AlreadyThere));
        // One upload per pusher may have reached the target unseen, and the place of the one blob that all share may not have been on record yet.
        Assert.InRange(first.Totals.BlobsUploaded + second.Totals.BlobsUploaded, _source.Blobs.Count - new EngineOptions().Pushers, _source.Blobs.Count + 1);

        var finished = await StatusAsync(later);
        Assert.Equal((true, Repositories, Images, 0), (finished.IsFinished, finished.RepositoriesCompleted, finished.TagsSet, finished.ImagesFailed));
        Assert.False(File.Exists(_folder.StateFile(SqliteState.FileName)));
        KeepsThePasswordOut(_server);
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_the_run_and_says_so()
    {
        var server = new PostgresServer();
        try
        {
            await server.InitializeAsync();
            await using var services = Build(await server.CreateDatabaseAsync());
            var manifests = 0;
            _target.Before = (request, _) => request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal) && Interlocked.Increment(ref manifests) == 5
                ? server.EndAsync()
                : Task.CompletedTask;
            var report = await RunAsync(services, new Count(Images), CancellationToken.None);
            Assert.Equal((ErrorCode.JournalFailed, false), (report.Fatal?.Code, report.IsComplete));
            Assert.DoesNotContain(server.Password, report.ToString(), StringComparison.Ordinal);
            KeepsThePasswordOut(server);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private Task<MigrationReport> RunAsync(ServiceProvider services, IMigrationObserver observer, CancellationToken cancellationToken) =>
        services.GetRequiredService<ITransferEngine>().MigrateAsync(new MigrationJob(_source, _target) { Name = "mine" }, observer, cancellationToken)
            .WaitAsync(Patience, CancellationToken.None);

    private static Task<JobStatus> StatusAsync(ServiceProvider services) => services.GetRequiredService<IJobStore>().ReadAsync("mine", CancellationToken.None);

    private ServiceProvider Build(PostgresDatabase database)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("transfer-engine:journal:database", database.ConnectionString),
            new("transfer-engine:journal:state-directory", _folder.Options.StateDirectory),
            new("transfer-engine:open-repositories", "2"),
            new("transfer-engine:images-per-repository", "1"),
            new("transfer-engine:repository-backoff", "1 ms"),
        ]).Build();
        return new ServiceCollection().AddTransferEngine(configuration).AddSingleton<ILoggerFactory>(_log).BuildServiceProvider();
    }

    private void KeepsThePasswordOut(PostgresServer server)
    {
        Assert.NotEmpty(_log.Entries);
        Assert.All(_log.Entries, entry => Assert.DoesNotContain(server.Password, $"{entry.Text} {entry.Exception}", StringComparison.Ordinal));
    }

    /// <summary>Ends when that many images are done.</summary>
    private sealed class Count(int images) : IMigrationObserver
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _done;

        public Task Task => _reached.Task;

        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult result)
        {
            if (Interlocked.Increment(ref _done) == images)
                _reached.TrySetResult();
        }
    }
}

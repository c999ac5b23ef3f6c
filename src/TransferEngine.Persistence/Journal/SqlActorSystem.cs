using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;

namespace TransferEngine.Persistence;

/// <summary>The process's own actor system, on the state database: made when it is asked for the first time, ended with this object.</summary>
public sealed class SqlActorSystem : IActorSystemProvider, IAsyncDisposable
{
    private readonly StateDatabase _database;
    private readonly Lock _lock = new();
    private ActorSystem? _system;

    /// <param name="options">Where the state is.</param>
    public SqlActorSystem(JobStoreOptions options) => _database = StateDatabase.Of(options);

    /// <inheritdoc/>
    public async ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken)
    {
        await _database.CreateAsync(cancellationToken);
        lock (_lock)
            return _system ??= Start();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_system is { } system)
            await system.Terminate();
    }

    private ActorSystem Start()
    {
        var options = new MultiDataOptionsSetup();
        options.AddDataOptions(JournalPlugin.Journal, _database.Options);
        options.AddDataOptions(JournalPlugin.Snapshots, _database.Options);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(Configuration)), options);
        return ActorSystem.Create("transfer-engine", setup);
    }

    private static string TypeName(Type type) => $"\"{type.FullName}, {type.Assembly.GetName().Name}\"";

    // Akka's own loggers write to the standard output, where this program's results go.
    private string Configuration => $$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.serializers.job-event = {{TypeName(typeof(JobEventSerializer))}}
          actor.serialization-bindings { {{TypeName(typeof(IJobEvent))}} = job-event }
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.run-by-actor-system-terminate = off
        }
        {{JournalPlugin.Journal}} {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          plugin-id = {{JournalPlugin.Journal}}
          auto-initialize = false
          tag-write-mode = Csv
          parallelism = {{_database.Writers}}
          buffer-size = 1000000
          # A busy machine is no reason to give a job up: a database that answers late answers.
          recovery-event-timeout = 10 m
          circuit-breaker { max-failures = 1000, call-timeout = 10 m, reset-timeout = 1 s }
          # Recovery would wait for whoever writes: SQLite's BEGIN IMMEDIATE.
          read-isolation-level = read-uncommitted
        }
        {{JournalPlugin.Snapshots}} {
          class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
          plugin-id = {{JournalPlugin.Snapshots}}
          auto-initialize = false
          circuit-breaker { max-failures = 1000, call-timeout = 10 m, reset-timeout = 1 s }
        }
        """;
}

using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>
/// What an actor system needs to run jobs: the engine's journal and snapshot store (<see cref="JournalPlugin"/>) on the state database, and the
/// serializer of its events. A host that has a system of its own adds both to what it is made of; its own plugins are left alone.
/// </summary>
public sealed class SqlPlugins
{
    private readonly StateDatabase _database;

    /// <param name="options">Where the state is.</param>
    public SqlPlugins(JobStoreOptions options)
    {
        _database = StateDatabase.Of(options);
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions(JournalPlugin.Journal, _database.Options);
        setup.AddDataOptions(JournalPlugin.Snapshots, _database.Options);
        Setup = setup;
    }

    /// <summary>To be given to the system when it is made.</summary>
    public Setup Setup { get; }

    /// <summary>To be put behind what the system's configuration says.</summary>
    public Config Configuration => ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.transfer-engine-event = {{TypeName(typeof(JobEventSerializer))}}
          serialization-bindings { {{TypeName(typeof(IJobEvent))}} = transfer-engine-event }
        }
        {{JournalPlugin.Journal}} {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          plugin-id = {{JournalPlugin.Journal}}
          auto-initialize = false
          tag-write-mode = Csv
          parallelism = {{_database.Writers}}
          # More waiting events than this would be refused, which ends whoever wrote them.
          buffer-size = 1000000
          # A busy machine is no reason to give a job up: a database that answers late answers.
          recovery-event-timeout = 10 m
          circuit-breaker { max-failures = 1000, call-timeout = 10 m, reset-timeout = 1 s }
          # Else recovery waits for whoever writes: SQLite's BEGIN IMMEDIATE.
          read-isolation-level = read-uncommitted
        }
        {{JournalPlugin.Snapshots}} {
          class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
          plugin-id = {{JournalPlugin.Snapshots}}
          auto-initialize = false
          circuit-breaker { max-failures = 1000, call-timeout = 10 m, reset-timeout = 1 s }
        }
        """);

    /// <summary>Makes sure that the database is there. To be called before the first job runs.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => _database.CreateAsync(cancellationToken);

    private static string TypeName(Type type) => $"\"{type.FullName}, {type.Assembly.GetName().Name}\"";
}

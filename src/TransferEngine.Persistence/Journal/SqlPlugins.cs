using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>
/// What an actor system needs to run jobs: the engine's journal (<see cref="JournalPlugin"/>) on the state database, and the
/// serializer of its events. A host that has a system of its own adds both to what it is made of; its own plugins are left alone:
/// <c>ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(mine.WithFallback(plugins.Configuration)), plugins.Setup)</c>.
/// </summary>
public sealed class SqlPlugins
{
    private static readonly string JournalClass = TypeName(typeof(StateJournal));

    private readonly StateDatabase _database;

    /// <param name="options">Where the state is.</param>
    public SqlPlugins(JobStoreOptions options)
    {
        _database = StateDatabase.Of(options);
        Setup = AddTo(new MultiDataOptionsSetup());
    }

    /// <summary>To be given to the system when it is made; <see cref="SetupBeside"/> where the host uses Akka.Persistence.Sql as well.</summary>
    public Setup Setup { get; }

    /// <summary>To be put behind what the system's configuration says.</summary>
    public Config Configuration => ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.transfer-engine-event = "{{TypeName(typeof(JobEventSerializer))}}"
          serialization-bindings { "{{TypeName(typeof(IJobEvent))}}" = transfer-engine-event }
        }
        {{JournalPlugin.Journal}} {
          class = "{{JournalClass}}"
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
        """);

    /// <summary>
    /// What to give to a system that is made with these as well. It takes one setup of each type, the last one: where the host has a
    /// <see cref="MultiDataOptionsSetup"/> of its own, the engine's databases are added to that.
    /// </summary>
    public Setup SetupBeside(IEnumerable<Setup> others) => others.OfType<MultiDataOptionsSetup>().LastOrDefault() is { } theirs ? AddTo(theirs) : Setup;

    /// <summary>Whether a system was made with these.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: it knows the journal, but would keep it in no database, or in the host's.</exception>
    public static bool AreIn(ActorSystem system)
    {
        var (configuration, setup) = (system.Settings.Config, system.Settings.Setup);
        if (!configuration.HasPath(JournalPlugin.Journal))
            return false;
        if (configuration.GetString($"{JournalPlugin.Journal}.class") != JournalClass)
            return true;
        // Such a journal would fail when the first job begins, with no word of the reason.
        if (setup.Get<DataOptionsSetup>().HasValue)
            throw Refused(system, "the host's DataOptionsSetup, which holds for all plugins, takes its place", "Add the host's database by MultiDataOptionsSetup, for its own plugins alone.");
        if (setup.Get<MultiDataOptionsSetup>() is not { HasValue: true } each || !each.Value.TryGetDataOptionsFor(JournalPlugin.Journal, out _))
            throw Refused(system, "its Setup was not added, or a later one took its place", "Add the engine's plugins after all others.");
        return true;
    }

    /// <summary>Makes sure that the database is there. To be called before the first job runs.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => _database.CreateAsync(cancellationToken);

    private MultiDataOptionsSetup AddTo(MultiDataOptionsSetup setup)
    {
        setup.AddDataOptions(JournalPlugin.Journal, _database.Options);
        return setup;
    }

    private static TransferException Refused(ActorSystem system, string why, string hint) => new(
        new TransferError(ErrorCode.ConfigurationInvalid, $"The actor system {system.Name} has the configuration of {JournalPlugin.Journal}, but not its database: {why}.")
        { Scope = ErrorScope.Endpoint, Hint = hint });

    private static string TypeName(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}

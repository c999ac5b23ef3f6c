using Akka.Actor;
using Akka.Hosting;
using Akka.Persistence;
using Akka.Persistence.Sql.Config;
using Akka.Persistence.Sql.Hosting;
using Akka.Serialization;
using LinqToDB;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Databases;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.AkkaHosting.Tests;

/// <summary>Jobs in the actor system of a host that uses Akka.Hosting, beside what the host has there of its own.</summary>
public sealed class WithTransferEngineTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    private string Engine => _folder.Of("state", "jobs.db");

    private string Own => _folder.Of("own.db");

    private string OwnConnection => $"Data Source={Own};Pooling=False";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jobs_run_in_the_host_s_system_and_the_host_ends_it()
    {
        using var host = await StartAsync((akka, services) => akka.WithTransferEngine(services));
        var system = host.Services.GetRequiredService<ActorSystem>();
        Assert.Null(host.Services.GetRequiredService<IActorSystemProvider>().Current);
        Assert.True((await MigrateAsync(host)).IsComplete);
        Assert.Same(system, host.Services.GetRequiredService<IActorSystemProvider>().Current);
        Assert.Equal("job-started", SqliteQuery.Run(Engine, "SELECT manifest FROM journal WHERE persistence_id = 'job/migration' ORDER BY ordering LIMIT 1"));
        Assert.False(system.WhenTerminated.IsCompleted);
        await host.StopAsync();
        Assert.True(system.WhenTerminated.IsCompleted);
    }

    public static TheoryData<string> Orders => ["options first", "options last", "text first", "text last"];

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_host_s_own_actors_keep_their_journal(string order)
    {
        using var host = await StartAsync((akka, services) => Order(akka, services, order));
        Assert.True((await MigrateAsync(host)).IsComplete);
        var keeper = host.Services.GetRequiredService<ActorSystem>().ActorOf(Props.Create(() => new Keeper()));
        Assert.Equal("kept", await keeper.Ask<string>("word", Patience));
        Assert.Equal("keeper", SqliteQuery.Run(Own, "SELECT DISTINCT persistence_id FROM journal"));
        Assert.Equal("", SqliteQuery.Run(Engine, "SELECT persistence_id FROM journal WHERE persistence_id NOT LIKE 'job/%'"));
        Assert.True((await MigrateAsync(host)).IsResumed);
    }

    [Theory]
    [InlineData(true, "or a later one took its place")]
    [InlineData(false, "the host's DataOptionsSetup, which holds for all plugins, takes its place")]
    public async Task A_setup_that_takes_the_place_of_the_engine_s_is_told(bool isLater, string why)
    {
        using var host = await StartAsync((akka, services) => _ = isLater
            ? akka.WithTransferEngine(services).AddSetup(new MultiDataOptionsSetup())
            : akka.AddSetup(new DataOptionsSetup(new DataOptions())).WithTransferEngine(services));
        var refusal = await Assert.ThrowsAsync<TransferException>(() => MigrateAsync(host));
        Assert.Equal(ErrorCode.ConfigurationInvalid, refusal.Error.Code);
        Assert.Contains(why, refusal.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_s_own_serializers_are_not_asked_for_the_engine_s_events(bool byConfiguration)
    {
        using var host = await StartAsync((akka, services) =>
        {
            akka.WithTransferEngine(services);
            var type = typeof(HostSerializer).AssemblyQualifiedName;
            if (byConfiguration)
                akka.AddHocon($$"""akka.actor { serializers.host = "{{type}}", serialization-bindings { "System.Object" = host } }""", HoconAddMode.Prepend);
            else
                akka.WithCustomSerializer("host", [typeof(object)], system => new HostSerializer(system));
        });
        var system = (ExtendedActorSystem)host.Services.GetRequiredService<ActorSystem>();
        Assert.IsType<HostSerializer>(system.Serialization.FindSerializerForType(typeof(Version)));
        Assert.True((await MigrateAsync(host)).IsComplete);
        Assert.True((await MigrateAsync(host)).IsResumed);
        Assert.Equal("7301", SqliteQuery.Run(Engine, "SELECT DISTINCT identifier FROM journal"));
    }

    private void Order(AkkaConfigurationBuilder akka, IServiceProvider services, string order)
    {
        var options = new DataOptions().UseConnectionString(ProviderName.SQLiteMS, OwnConnection);
        _ = order switch
        {
            "options first" => akka.WithSqlPersistence(options).WithTransferEngine(services),
            "options last" => akka.WithTransferEngine(services).WithSqlPersistence(options),
            "text first" => akka.WithSqlPersistence(OwnConnection, ProviderName.SQLiteMS).WithTransferEngine(services),
            _ => akka.WithTransferEngine(services).WithSqlPersistence(OwnConnection, ProviderName.SQLiteMS),
        };
    }

    private async Task<IHost> StartAsync(Action<AkkaConfigurationBuilder, IServiceProvider> akka)
    {
        var builder = Host.CreateApplicationBuilder(["--Logging:LogLevel:Default=None"]);
        builder.Services.AddTransferEngine(builder.Configuration);
        builder.Services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        builder.Services.AddAkka("host", (configuration, services) =>
        {
            configuration.ConfigureLoggers(loggers => loggers.ClearLoggers());
            akka(configuration, services);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static Task<MigrationReport> MigrateAsync(IHost host)
    {
        var source = new MemorySource();
        source.AddImage("a", "v1", "layer");
        return host.Services.GetRequiredService<ITransferEngine>()
            .MigrateAsync(new MigrationJob(source, new MemoryTarget()) { Name = "job" }, NullObserver.Instance, CancellationToken.None).WaitAsync(Patience);
    }

    /// <summary>An actor of the host, on the host's default journal.</summary>
    private sealed class Keeper : UntypedPersistentActor
    {
        public override string PersistenceId => "keeper";

        protected override void OnCommand(object message)
        {
            var asker = Sender;
            Persist(message, _ => asker.Tell("kept"));
        }

        protected override void OnRecover(object message)
        {
        }
    }

    /// <summary>Takes nothing: whoever is given to it fails.</summary>
    private sealed class HostSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 9001;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj) => throw new NotSupportedException(obj.GetType().FullName);

        public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException(type.FullName);
    }
}

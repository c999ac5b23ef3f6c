using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>Where jobs run: in the container's actor system where that is fit for it, else in the process's own; never before the first one begins.</summary>
public sealed class HostActorSystemTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ActorSystem> _made = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var system in _made)
            await system.Terminate();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_process_s_own_is_made_when_the_first_job_begins()
    {
        await using var services = Build(_ => { });
        await LookAsync(services);
        var systems = services.GetRequiredService<IActorSystemProvider>();
        Assert.Null(systems.Current);
        Assert.True((await MigrateAsync(services)).IsComplete);
        var own = systems.Current!;
        Assert.True((await MigrateAsync(services)).IsComplete);
        Assert.Same(own, systems.Current);
        await services.DisposeAsync();
        Assert.True(own.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task Whoever_only_looks_never_asks_for_an_actor_system()
    {
        await using var services = Build(services => services.AddSingleton<IActorSystemProvider>(new NoActorSystem()));
        await LookAsync(services);
        await Assert.ThrowsAsync<NotSupportedException>(() => MigrateAsync(services));
    }

    [Fact]
    public async Task The_container_s_is_asked_for_when_the_first_job_begins_and_ended_by_the_host_alone()
    {
        await using var services = Build(services => services.AddSingleton(provider => Make(provider.GetRequiredService<SqlPlugins>())));
        await LookAsync(services);
        Assert.Empty(_made);
        var (first, second) = (await MigrateAsync(services), await MigrateAsync(services));
        Assert.Equal((true, true, true), (first.IsComplete, second.IsComplete, second.IsResumed));
        Assert.Same(Assert.Single(_made), services.GetRequiredService<IActorSystemProvider>().Current);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_s_system_outlives_the_engine(bool asynchronously)
    {
        var plugins = new SqlPlugins(Options);
        var host = Make(plugins);
        var services = Build(services => services.AddSingleton(plugins).AddSingleton(host));
        Assert.True((await MigrateAsync(services)).IsComplete);
        Assert.Same(host, services.GetRequiredService<IActorSystemProvider>().Current);
        await DisposeAsync(services, asynchronously);
        Assert.False(host.WhenTerminated.IsCompleted);
        Assert.Equal("transfer-jobs", (await host.ActorSelection("/user/transfer-jobs").ResolveOne(Patience)).Path.Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_s_system_without_the_plugins_is_left_alone(bool asynchronously)
    {
        var host = ActorSystem.Create("host", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        _made.Add(host);
        var services = Build(services => services.AddSingleton(host));
        Assert.True((await MigrateAsync(services)).IsComplete);
        var own = services.GetRequiredService<IActorSystemProvider>().Current!;
        Assert.NotSame(host, own);
        await DisposeAsync(services, asynchronously);
        Assert.Equal((true, false), (own.WhenTerminated.IsCompleted, host.WhenTerminated.IsCompleted));
    }

    [Fact]
    public async Task A_system_that_knows_the_journal_but_not_its_database_is_refused()
    {
        var plugins = new SqlPlugins(Options);
        var host = ActorSystem.Create("host", Quiet.WithFallback(plugins.Configuration));
        _made.Add(host);
        await using var services = Build(services => services.AddSingleton(host));
        var refusal = await Assert.ThrowsAsync<TransferException>(() => MigrateAsync(services));
        Assert.Equal((ErrorCode.ConfigurationInvalid, ErrorScope.Endpoint), (refusal.Error.Code, refusal.Error.Scope));
        Assert.Contains("host", refusal.Error.Message, StringComparison.Ordinal);
        Assert.Null(services.GetRequiredService<IActorSystemProvider>().Current);
    }

    [Fact]
    public async Task A_job_of_this_process_that_is_at_work_is_refused_a_second_time_and_goes_on()
    {
        await using var services = Build(_ => { });
        var (held, letGo) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = MigrateAsync(services, request =>
        {
            if (!request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal))
                return Task.CompletedTask;
            held.TrySetResult();
            return letGo.Task;
        });
        await held.Task.WaitAsync(Patience);
        var refusal = await Assert.ThrowsAsync<TransferException>(() => MigrateAsync(services));
        Assert.Equal(ErrorCode.JobBusy, refusal.Error.Code);
        Assert.StartsWith("The job job is being run by this process already, since ", refusal.Error.Message, StringComparison.Ordinal);
        letGo.SetResult();
        Assert.True((await first).IsComplete);
        Assert.True((await MigrateAsync(services)).IsComplete);
    }

    private static Config Quiet => ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");

    private JobStoreOptions Options => new() { StateDirectory = _folder.Of("state") };

    private static MigrationJob Job(Func<string, Task>? before = null)
    {
        var (source, target) = (new MemorySource(), new MemoryTarget { Before = (request, _) => before?.Invoke(request) ?? Task.CompletedTask });
        source.AddImage("a", "v1", "layer");
        return new MigrationJob(source, target) { Name = "job" };
    }

    private static Task<MigrationReport> MigrateAsync(IServiceProvider services, Func<string, Task>? before = null) => services.GetRequiredService<ITransferEngine>()
        .MigrateAsync(Job(before), NullObserver.Instance, CancellationToken.None).WaitAsync(Patience);

    /// <summary>All that can be asked without running a job.</summary>
    private async Task LookAsync(IServiceProvider services)
    {
        var engine = services.GetRequiredService<ITransferEngine>();
        Assert.Equal(1, (await engine.PlanAsync(Job(), CancellationToken.None)).ImagesToMigrate);
        Assert.Single((await engine.VerifyAsync(Job(), NullObserver.Instance, CancellationToken.None)).Problems);
        Assert.Empty(await services.GetRequiredService<IJobStore>().ListAsync(CancellationToken.None));
        Directory.CreateDirectory(_folder.Of("tree", "docker", "registry", "v2", "repositories"));
        await using var source = services.GetRequiredService<IEndpoints>().OpenSource(_folder.Of("tree"));
        await foreach (var repository in source.ListRepositoriesAsync(CancellationToken.None))
            Assert.Fail(repository.Name);
    }

    private ServiceProvider Build(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        services.AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        return services.BuildServiceProvider();
    }

    private ActorSystem Make(SqlPlugins plugins)
    {
        var system = ActorSystem.Create("host", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Quiet.WithFallback(plugins.Configuration)), plugins.Setup));
        _made.Add(system);
        return system;
    }

    private static ValueTask DisposeAsync(ServiceProvider services, bool asynchronously)
    {
        if (asynchronously)
            return services.DisposeAsync();
        services.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class NoActorSystem : IActorSystemProvider
    {
        public ActorSystem? Current => throw new NotSupportedException();

        public ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

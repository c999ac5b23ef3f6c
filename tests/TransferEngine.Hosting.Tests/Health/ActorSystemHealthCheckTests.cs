using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Hosting.Tests.Health;

public sealed class ActorSystemHealthCheckTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services;

    public ActorSystemHealthCheckTests()
    {
        var services = new ServiceCollection().AddLogging().AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        services.AddHealthChecks().AddTransferEngineActorSystem()
            .AddTransferEngineActorSystem("impatient", HealthStatus.Degraded, ["ready"], TimeSpan.FromMilliseconds(1));
        _services = services.BuildServiceProvider();
    }

    private IActorSystemProvider Systems => _services.GetRequiredService<IActorSystemProvider>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Before_the_first_job_it_is_healthy_and_no_actor_system_is_made()
    {
        var check = await CheckAsync();
        Assert.Equal((HealthStatus.Healthy, "No job has begun yet."), (check.Status, check.Description));
        Assert.Null(Systems.Current);
    }

    [Fact]
    public async Task It_tells_how_many_jobs_are_at_work()
    {
        var (held, letGo) = (new TaskCompletionSource(), new TaskCompletionSource());
        var run = MigrateAsync(_ =>
        {
            held.TrySetResult();
            return letGo.Task;
        });
        await held.Task.WaitAsync(Patience);
        Assert.Equal((HealthStatus.Healthy, 1), await JobsAsync());
        letGo.SetResult();
        Assert.True((await run).IsComplete);
        Assert.Equal((HealthStatus.Healthy, 0), await JobsAsync());
    }

    [Fact]
    public async Task An_actor_system_that_has_ended_is_a_failure()
    {
        await MigrateAsync(_ => Task.CompletedTask);
        await Systems.Current!.Terminate().WaitAsync(Patience);
        var check = await CheckAsync();
        Assert.Equal((HealthStatus.Unhealthy, null), (check.Status, check.Exception));
        Assert.StartsWith("INTERRUPTED: The actor system in which jobs run has ended.", check.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync("impatient")).Status);
    }

    [Fact]
    public async Task An_actor_system_that_does_not_answer_in_time_is_a_failure()
    {
        await MigrateAsync(_ => Task.CompletedTask);
        var jobs = (IInternalActorRef)await Systems.Current!.ActorSelection("/user/transfer-jobs").ResolveOne(Patience);
        jobs.Suspend();
        var check = await CheckAsync("impatient");
        Assert.Equal(HealthStatus.Degraded, check.Status);
        Assert.Contains("timeout", check.Description, StringComparison.Ordinal);
        jobs.Resume(null);
        Assert.Equal((HealthStatus.Healthy, 0), await JobsAsync());
    }

    [Fact]
    public async Task Both_checks_are_added_at_once()
    {
        var services = new ServiceCollection().AddLogging().AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        services.AddHealthChecks().AddTransferEngine(HealthStatus.Degraded, ["ready"]);
        await using var provider = services.BuildServiceProvider();
        var report = await provider.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.FailureStatus == HealthStatus.Degraded && check.Tags.Contains("ready"));
        Assert.Equal(["transfer-engine-actor-system", "transfer-engine-journal"], report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    private async Task<MigrationReport> MigrateAsync(Func<string, Task> before)
    {
        var (source, target) = (new MemorySource(), new MemoryTarget());
        source.AddImage("a", "v1", "layer");
        target.Before = (request, _) => request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal) ? before(request) : Task.CompletedTask;
        return await _services.GetRequiredService<ITransferEngine>()
            .MigrateAsync(new MigrationJob(source, target), NullObserver.Instance, CancellationToken.None).WaitAsync(Patience);
    }

    private async Task<(HealthStatus, object)> JobsAsync()
    {
        var check = await CheckAsync();
        return (check.Status, check.Data["jobs"]);
    }

    private async Task<HealthReportEntry> CheckAsync(string name = "transfer-engine-actor-system")
    {
        var report = await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == name);
        return Assert.Single(report.Entries).Value;
    }
}

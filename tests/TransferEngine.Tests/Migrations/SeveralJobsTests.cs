using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Running;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>Jobs side by side in one actor system: each is stopped, resumed and reported by itself, and none notices another one's end.</summary>
public sealed class SeveralJobsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly MemoryJobs _jobs = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _jobs.DisposeAsync();

    [Fact]
    public async Task Of_three_jobs_at_once_the_stopped_one_goes_on_later_and_the_others_complete()
    {
        var (one, two, three) = (new HeldJob(_jobs, "one"), new HeldJob(_jobs, "two"), new HeldJob(_jobs, "three"));
        await Task.WhenAll(one.Held, two.Held, three.Held).WaitAsync(Patience);
        await two.StopAsync();
        var stopped = await two.EndAsync();
        Assert.Equal(("two", true, false, null), (stopped.Job, stopped.IsInterrupted, stopped.IsComplete, stopped.Fatal));
        one.LetGo();
        three.LetGo();
        foreach (var job in new[] { one, three })
        {
            var report = await job.EndAsync();
            Assert.Equal((job.Name, true, false, 20L), (report.Job, report.IsComplete, report.IsResumed, report.Totals.Migrated));
        }

        var again = await new HeldJob(_jobs, two).EndAsync();
        Assert.Equal((true, true, 20L), (again.IsResumed, again.IsComplete, again.Totals.Images));
    }

    [Fact]
    public async Task A_job_that_is_at_work_is_refused_a_second_time_and_goes_on()
    {
        var first = new HeldJob(_jobs, "job");
        await first.Held.WaitAsync(Patience);
        var second = new HeldJob(_jobs, "job");
        var refusal = await Assert.ThrowsAsync<TransferException>(second.EndAsync);
        Assert.Equal((ErrorCode.JobBusy, ErrorScope.Endpoint), (refusal.Error.Code, refusal.Error.Scope));
        Assert.Contains("The job job is being run by this process already.", refusal.Error.Message, StringComparison.Ordinal);
        Assert.False(second.HasStarted);
        first.LetGo();
        Assert.True((await first.EndAsync()).IsComplete);
        Assert.True((await new HeldJob(_jobs, first).EndAsync()).IsComplete);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_whose_supervisor_is_gone_ends_with_an_error_and_the_others_never_notice(bool byFailure)
    {
        var lost = new HeldJob(_jobs, "lost");
        await lost.Held.WaitAsync(Patience);
        var supervisor = await _jobs.Current!.ActorSelection("/user/transfer-jobs/*").ResolveOne(Patience);
        var other = new HeldJob(_jobs, "other");
        await other.Held.WaitAsync(Patience);

        supervisor.Tell(byFailure ? Kill.Instance : PoisonPill.Instance);
        var report = await lost.EndAsync();
        Assert.Equal((ErrorCode.Internal, ErrorScope.Endpoint, false), (report.Fatal?.Code, report.Fatal?.Scope, report.IsInterrupted));
        var why = byFailure ? "The job's supervisor failed: Unexpected ActorKilledException" : "The job's supervisor was stopped.";
        Assert.Contains(why, report.Fatal!.Message, StringComparison.Ordinal);
        Assert.Equal(1, await ActorSystemProbe.RunAsync(_jobs, CancellationToken.None));

        other.LetGo();
        Assert.Equal(20, (await other.EndAsync()).Totals.Migrated);
        var again = await new HeldJob(_jobs, lost).EndAsync();
        Assert.Equal((true, true), (again.IsResumed, again.IsComplete));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_whose_actor_system_or_parent_ends_says_so_and_nobody_waits_for_ever(bool parentAlone)
    {
        var job = new HeldJob(_jobs, "job");
        await job.Held.WaitAsync(Patience);
        if (parentAlone)
            _jobs.Current!.ActorSelection("/user/transfer-jobs").Tell(PoisonPill.Instance);
        else
            await _jobs.Current!.Terminate().WaitAsync(Patience);
        var report = await job.EndAsync();
        Assert.Equal((ErrorCode.Interrupted, false, false), (report.Fatal?.Code, report.IsComplete, report.IsInterrupted));
        Assert.Contains("actor system", report.Fatal!.Message, StringComparison.Ordinal);

        var next = new HeldJob(_jobs, "next");
        var error = parentAlone ? (await next.EndAsync()).Fatal : (await Assert.ThrowsAsync<TransferException>(next.EndAsync)).Error;
        Assert.Equal(ErrorCode.Interrupted, error?.Code);
    }

    [Fact]
    public async Task A_host_that_stops_its_jobs_and_its_actor_system_at_once_interrupts_them()
    {
        var job = new HeldJob(_jobs, "job");
        await job.Held.WaitAsync(Patience);
        // The user's word is not read any more.
        ((IInternalActorRef)await _jobs.Current!.ActorSelection("/user/transfer-jobs").ResolveOne(Patience)).Suspend();
        await job.StopAsync();
        await _jobs.Current!.Terminate().WaitAsync(Patience);
        var report = await job.EndAsync();
        Assert.Equal((true, null), (report.IsInterrupted, report.Fatal));
    }

    [Fact]
    public async Task Planning_and_verifying_ask_for_no_actor_system()
    {
        var source = new MemorySource();
        source.AddImage("a", "v1", "layer");
        var engine = new MigrationEngine(new EngineOptions(), NoActorSystem.Instance, _jobs, TimeProvider.System);
        var job = new MigrationJob(source, new MemoryTarget());
        Assert.Equal(1, (await engine.PlanAsync(job, CancellationToken.None)).ImagesToMigrate);
        Assert.Single((await engine.VerifyAsync(job, NullObserver.Instance, CancellationToken.None)).Problems);
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.MigrateAsync(job, NullObserver.Instance, CancellationToken.None));
    }

    private sealed class NoActorSystem : IActorSystemProvider
    {
        public static NoActorSystem Instance { get; } = new();

        public ActorSystem? Current => null;

        public ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    /// <summary>A job of twenty images that is held before it pushes its first manifest, until it is let go.</summary>
    private sealed class HeldJob : IMigrationObserver
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly MemorySource _source = new();
        private readonly MemoryTarget _target = new();
        private readonly Task<MigrationReport> _run;

        public HeldJob(MemoryJobs jobs, string name)
        {
            for (var i = 0; i < 20; i++)
                _source.AddImage($"r{i}", "v1", $"{name} {i}");
            _target.Before = (request, token) =>
            {
                if (!request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal))
                    return Task.CompletedTask;
                _held.TrySetResult();
                return _letGo.Task.WaitAsync(token);
            };
            Name = name;
            _run = RunAsync(jobs);
        }

        /// <summary>The same once more, and not held.</summary>
        public HeldJob(MemoryJobs jobs, HeldJob earlier)
        {
            (Name, _source, _target) = (earlier.Name, earlier._source, earlier._target);
            _target.Before = (_, _) => Task.CompletedTask;
            _run = RunAsync(jobs);
        }

        public string Name { get; }

        public bool HasStarted { get; private set; }

        public Task Held => _held.Task;

        public void LetGo() => _letGo.SetResult();

        public Task StopAsync() => _stop.CancelAsync();

        public Task<MigrationReport> EndAsync() => _run.WaitAsync(Patience);

        public void OnStarted(IMigrationProgress progress) => HasStarted = true;

        public void OnImage(ImageResult result)
        {
        }

        private Task<MigrationReport> RunAsync(MemoryJobs jobs) => new MigrationEngine(new EngineOptions(), jobs, jobs, TimeProvider.System)
            .MigrateAsync(new MigrationJob(_source, _target) { Name = Name }, this, _stop.Token);
    }
}

using Microsoft.Extensions.Time.Testing;
using TransferEngine.Persistence.Tests.State;

namespace TransferEngine.Persistence.Tests.Jobs;

/// <summary>Who may run a job, and when that ends.</summary>
public abstract class JobLeaseTests(Func<Task<TestState>> create) : StateTests(create)
{
    [Fact]
    public async Task A_job_runs_in_one_process_at_a_time_and_a_killed_one_lets_the_next_in_at_once()
    {
        using var child = ChildProcess.Start("hold", State.Options, "mine");
        Assert.Equal("held", await child.ReadLineAsync());
        var failure = await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("mine", restart: true, default));
        Assert.Equal((ErrorCode.JobBusy, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("The job mine is being run by process ", failure.Error.Message, StringComparison.Ordinal);
        await (await Store.OpenAsync("other", restart: false, default)).DisposeAsync();
        await child.KillAsync();
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
    }

    [Fact]
    public async Task Of_two_jobs_in_one_process_neither_can_be_run_twice()
    {
        await using var first = await Store.OpenAsync("a", restart: false, default);
        await using var second = await Store.OpenAsync("b", restart: false, default);
        await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("a", restart: false, default));
        await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("b", restart: false, default));
    }

    [Fact]
    public async Task What_was_given_back_can_be_taken_again()
    {
        for (var i = 0; i < 3; i++)
            await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
    }

    [Fact]
    public async Task A_later_process_with_the_same_number_does_not_keep_a_dead_ones_job()
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        await State.QueryAsync($"UPDATE job SET owner = 'x', process = {Environment.ProcessId}, incarnation = incarnation || '7', expires = 9e15");
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(-1, true)]
    public async Task Another_machines_claim_ends_when_it_is_not_renewed(int minutes, bool isFree)
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        await State.QueryAsync($"UPDATE job SET owner = 'x', host = 'elsewhere', process = {Environment.ProcessId}, since = 0, expires = {State.Now} + {minutes * 60_000}");
        if (isFree)
            await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        else
            Assert.Contains("run by elsewhere, process", (await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("mine", false, default))).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_is_renewed_and_whoever_lost_it_is_told()
    {
        var time = new FakeTimeProvider();
        await using var lease = await new SqlJobStore(State.Options, time).OpenAsync("mine", restart: false, default);
        await State.QueryAsync("UPDATE job SET expires = 0");
        await PollAsync(time, async () => await State.QueryAsync("SELECT count(*) FROM job WHERE expires > 0") == "1");
        Assert.False(lease.Lost.IsCancellationRequested);

        await State.QueryAsync("UPDATE job SET owner = 'somebody else'");
        await PollAsync(time, () => Task.FromResult(lease.Lost.IsCancellationRequested));
        await lease.DisposeAsync();
        Assert.Equal("somebody else", await State.QueryAsync("SELECT owner FROM job"));
    }

    [Fact]
    public async Task Only_one_of_many_gets_a_job_that_is_free()
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                return await Store.OpenAsync("mine", restart: false, default);
            }
            catch (TransferException e) when (e.Error.Code == ErrorCode.JobBusy)
            {
                return null;
            }
        })));
        await Assert.Single(attempts, lease => lease is not null)!.DisposeAsync();
    }

    private static async Task PollAsync(FakeTimeProvider time, Func<Task<bool>> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo())
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }
}

using TransferEngine.Images;
using TransferEngine.Migrations;
using Xunit;

namespace TransferEngine.Tests.Migrations;

public sealed class DetachedWorkTests
{
    [Fact]
    public async Task No_more_requests_are_under_way_than_the_lane_is_wide_and_all_get_their_turn()
    {
        using var work = new DetachedWork(3);
        var (running, most) = (0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<bool> RequestAsync(CancellationToken cancellationToken)
        {
            lock (work)
                most = Math.Max(most, ++running);
            if (most == 3)
                full.TrySetResult();
            await gate.Task;
            lock (work)
                running--;
            return true;
        }

        List<Task<bool>> Begin()
        {
            var requests = Enumerable.Range(0, 20).Select(_ => work.RequestAsync(RequestAsync, CancellationToken.None)).ToList();
            requests.Add(work.RunAsync(_ => Task.FromResult(true), CancellationToken.None));
            return requests;
        }

        // From a thread that is none of the pool's, so that the pool begins them in order: when the last has run, all have had their try.
        var requests = await Task.Factory.StartNew(Begin, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await requests[^1].WaitAsync(TimeSpan.FromMinutes(2));
        await full.Task.WaitAsync(TimeSpan.FromMinutes(2));
        gate.SetResult();
        await Task.WhenAll(requests).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_request_that_fails_or_is_cancelled_gives_its_place_back()
    {
        using var work = new DetachedWork(1);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAsync<InvalidOperationException>(() => work.RequestAsync<bool>(_ => throw new InvalidOperationException(), CancellationToken.None));
        var cancelled = work.RequestAsync(async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return true;
        }, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.True(await work.RequestAsync(_ => Task.FromResult(true), CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task The_run_waits_for_all_that_is_under_way()
    {
        using var work = new DetachedWork(1);
        var gate = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = work.RunAsync(_ => gate.Task, CancellationToken.None);
        var drained = work.DrainAsync();
        Assert.False(drained.IsCompleted);
        gate.SetResult(true);
        await running;
        await drained.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_timeout_that_nobody_asked_for_is_no_cancellation()
    {
        using var work = new DetachedWork(1);
        var error = await Assert.ThrowsAsync<TransferException>(() => work.RunAsync<bool>(_ => throw new TaskCanceledException(), CancellationToken.None));
        Assert.Equal((ErrorCode.RequestTimedOut, true), (error.Error.Code, error.IsTransient));
    }
}

namespace TransferEngine.Actors.Tests;

public sealed class AskSpec : KernelSpec
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task An_answer_completes_the_task()
    {
        var actor = Act((message, context) => context.Sender!.Tell((int)message + 1));
        Assert.Equal(42, await actor.Ask<int>(41, Limit));
    }

    [Fact]
    public async Task A_failure_faults_the_task_with_its_cause()
    {
        var cause = new InvalidOperationException("no");
        var actor = Act((_, context) => context.Sender!.Tell(new Status.Failure(cause)));
        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => actor.Ask<int>("m", Limit)));
    }

    [Fact]
    public async Task No_answer_in_time_times_out()
    {
        var answer = Act((_, _) => { }).Ask<int>("m", Limit);
        Time.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.False(answer.IsCompleted);
        Time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAsync<AskTimeoutException>(() => answer);
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var answer = Act((_, _) => { }).Ask<int>("m", Limit, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task A_timeout_must_be_given()
    {
        var actor = Act((_, _) => { });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => actor.Ask<int>("m", null));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => actor.Ask<int>("m", TimeSpan.Zero));
    }

    [Fact]
    public async Task An_answer_of_another_type_is_an_error()
    {
        var actor = Act((_, context) => context.Sender!.Tell("text"));
        await Assert.ThrowsAsync<InvalidCastException>(() => actor.Ask<int>("m", Limit));
    }

    [Fact]
    public async Task Two_askers_are_two_references()
    {
        var askers = new HashSet<IActorRef>();
        var actor = Act((_, context) =>
        {
            if (!askers.Add(context.Sender!) || askers.Count < 2)
                return;
            foreach (var asker in askers)
                asker.Tell(askers.Count);
        });
        var answers = await Task.WhenAll(actor.Ask<int>("m", Limit), actor.Ask<int>("m", Limit)).WaitAsync(Limit);
        Assert.Equal([2, 2], answers);
    }
}

namespace TransferEngine.Actors.Tests;

public sealed class PipeToSpec : KernelSpec
{
    [Fact]
    public void A_result_comes_as_a_message_from_the_given_sender()
    {
        Task.FromResult("result").PipeTo(TestActor, Sys.DeadLetters);
        ExpectMsg("result");
        Assert.Equal(Sys.DeadLetters, LastSender);
    }

    [Fact]
    public void Without_a_sender_it_comes_from_the_actor_that_piped()
    {
        var actor = Act((_, _) => Task.FromResult("result").PipeTo(TestActor));
        actor.Tell("go");
        ExpectMsg("result");
        Assert.Equal(actor, LastSender);
    }

    [Fact]
    public void A_failure_comes_as_a_message()
    {
        var cause = new InvalidOperationException("no");
        Task.FromException<int>(cause).PipeTo(TestActor);
        Assert.Same(cause, ExpectMsg<Status.Failure>().Cause);
        Task.FromException(cause).PipeTo(TestActor);
        Assert.Same(cause, ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void A_cancelled_task_is_a_failure()
    {
        Task.FromCanceled<int>(new CancellationToken(canceled: true)).PipeTo(TestActor);
        Assert.IsType<TaskCanceledException>(ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void The_mappers_make_the_message()
    {
        Task.FromResult(1).PipeTo(TestActor, success: number => $"got {number}");
        ExpectMsg("got 1");
        Task.FromException<int>(new InvalidOperationException("no")).PipeTo(TestActor, failure: e => e.Message);
        ExpectMsg("no");
        Task.CompletedTask.PipeTo(TestActor, success: () => "done");
        ExpectMsg("done");
    }

    [Fact]
    public void A_task_without_result_tells_nothing_of_its_own()
    {
        Task.CompletedTask.PipeTo(TestActor);
        Task.FromResult("last").PipeTo(TestActor);
        ExpectMsg("last");
    }

    [Fact]
    public void A_mapper_runs_outside_the_actor()
    {
        var pending = new TaskCompletionSource<int>();
        var actor = Act((message, _) =>
        {
            if (message is "go")
                pending.Task.PipeTo(TestActor, success: _ => ActorCell.Current is null ? "outside" : "inside");
        });
        actor.Tell("go");
        Drain(actor);
        pending.SetResult(1);
        ExpectMsg("outside");
    }
}

namespace TransferEngine.Actors.Tests;

public sealed class StashSpec() : KernelSpec(new ActorSystemSettings { StashCapacity = 3 })
{
    [Fact]
    public void Unstashed_messages_come_first_in_their_order_and_with_their_senders()
    {
        using var gate = new ManualResetEventSlim();
        var actor = Start(gate);
        var probe = CreateTestProbe();
        actor.Tell("keep 1", probe.Ref);
        actor.Tell("keep 2", TestActor);
        actor.Tell("open");
        actor.Tell("later");
        gate.Set();
        ExpectMsg(("keep 1", probe.Ref));
        ExpectMsg(("keep 2", TestActor));
        Assert.Equal("later", ExpectMsg<(string Text, IActorRef)>().Text);
    }

    [Fact]
    public void Unstash_returns_the_oldest_alone()
    {
        var actor = Start();
        foreach (var message in new[] { "keep 1", "keep 2", "one" })
            actor.Tell(message, TestActor);
        ExpectMsg(("keep 1", TestActor));
        Drain(actor);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_full_stash_fails_the_actor()
    {
        var errors = Listen<Error>();
        var actor = Start();
        for (var i = 0; i < 4; i++)
            actor.Tell($"keep {i}");
        Assert.IsType<StashOverflowException>(errors.ExpectMsg<Error>().Cause);
    }

    [Fact]
    public void The_same_message_twice_fails_the_actor()
    {
        var errors = Listen<Error>();
        Start().Tell("twice");
        Assert.IsType<IllegalActorStateException>(errors.ExpectMsg<Error>().Cause);
    }

    [Fact]
    public void The_same_object_sent_twice_is_two_messages()
    {
        var actor = Start();
        const string message = "keep";
        actor.Tell(message, TestActor);
        actor.Tell(message, TestActor);
        actor.Tell("open");
        ExpectMsg((message, TestActor));
        ExpectMsg((message, TestActor));
    }

    [Fact]
    public void A_restart_and_a_stop_return_what_was_stashed()
    {
        var letters = Listen<DeadLetter>();
        var actor = Start();
        actor.Tell("keep 1");
        actor.Tell(new Fail("boom"));
        // Back from the stash, it is stashed again by the new instance.
        Drain(actor);
        Sys.Stop(actor);
        Assert.Equal("keep 1", letters.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void Terminated_and_timer_messages_can_be_stashed()
    {
        var subject = Act((_, _) => { });
        var actor = Start();
        actor.Tell(new Follow(subject));
        Drain(actor);
        Time.Advance(TimeSpan.FromSeconds(1));
        Drain(actor);
        Watch(subject);
        Sys.Stop(subject);
        ExpectTerminated(subject);
        AwaitAssert(() =>
        {
            actor.Tell("count", TestActor);
            ExpectMsg(2);
        });
        actor.Tell("open");
        Assert.Equal("tick", ExpectMsg<(string Text, IActorRef)>().Text);
        Assert.StartsWith("<Terminated>", ExpectMsg<(string Text, IActorRef)>().Text, StringComparison.Ordinal);
    }

    private IActorRef Start(ManualResetEventSlim? gate = null) => Sys.ActorOf(Props.Create(() => new Stasher(TestActor, gate)));

    private sealed record Follow(IActorRef Subject);

    private sealed class Stasher(IActorRef listener, ManualResetEventSlim? gate) : UntypedActor, IWithUnboundedStash, IWithTimers
    {
        private int _count;

        public IStash Stash { get; set; } = null!;

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Ping:
                    Sender.Tell(message);
                    break;
                case Fail failure:
                    throw failure.Cause;
                case Follow follow:
                    Context.Watch(follow.Subject);
                    Timers.StartSingleTimer("key", "tick", TimeSpan.FromSeconds(1));
                    break;
                case "count":
                    Sender.Tell(_count);
                    break;
                case "twice":
                    Stash.Stash();
                    Stash.Stash();
                    break;
                case "one":
                    Become(Pass);
                    Stash.Unstash();
                    break;
                case "open":
                    gate?.Wait();
                    Become(Pass);
                    Stash.UnstashAll();
                    break;
                default:
                    Stash.Stash();
                    _count++;
                    break;
            }
        }

        private void Pass(object message)
        {
            if (message is Ping)
                Sender.Tell(message);
            else
                listener.Tell((message.ToString()!, Sender));
        }
    }
}

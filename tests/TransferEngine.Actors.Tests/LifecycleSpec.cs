namespace TransferEngine.Actors.Tests;

public sealed class LifecycleSpec : KernelSpec
{
    [Fact]
    public void A_restart_keeps_reference_path_and_uid()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor, "it")), "same");
        Expect("it: new", "it: PreStart");
        var self = LastSender;
        actor.Tell(new Fail("boom"));
        Expect("it: PreRestart boom", "it: PostStop", "it: new", "it: PostRestart", "it: PreStart");
        Assert.Same(self, LastSender);
        Assert.Equal(("akka://test/user/same", actor.Path.Uid), (LastSender.Path.ToString(), LastSender.Path.Uid));
    }

    [Fact]
    public void A_restart_waits_for_the_children_and_leaves_none()
    {
        var probe = CreateTestProbe();
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor, "parent")));
        actor.Tell(Props.Create(() => new Recorder(TestActor, "child")), probe.Ref);
        var child = probe.ExpectMsg<IActorRef>();
        Expect("parent: new", "parent: PreStart", "child: new", "child: PreStart");
        actor.Tell(new Fail("boom"));
        Expect("parent: PreRestart boom", "parent: PostStop", "child: PostStop", "parent: new", "parent: PostRestart", "parent: PreStart");
        probe.Watch(child);
        Assert.False(probe.ExpectTerminated(child).ExistenceConfirmed);
    }

    [Fact]
    public void A_PreRestart_that_throws_or_keeps_its_children_does_not_hold_up_the_restart()
    {
        foreach (var throws in new[] { true, false })
        {
            var actor = Sys.ActorOf(Props.Create(() => new KeepsChildren(TestActor, throws)));
            ExpectMsg("new");
            actor.Tell(new Fail("boom"));
            ExpectMsg("new");
            Drain(actor);
        }
    }

    [Fact]
    public void A_stop_ends_children_first_then_PostStop_then_watchers()
    {
        var probe = CreateTestProbe();
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor, "parent")));
        actor.Tell(Props.Create(() => new Recorder(TestActor, "child")), probe.Ref);
        probe.ExpectMsg<IActorRef>();
        Expect("parent: new", "parent: PreStart", "child: new", "child: PreStart");
        Watch(actor);
        Sys.Stop(actor);
        Expect("child: PostStop", "parent: PostStop");
        Assert.True(ExpectTerminated(actor).ExistenceConfirmed);
    }

    [Fact]
    public void A_name_is_reserved_until_its_actor_is_gone()
    {
        using var gate = new ManualResetEventSlim();
        var first = Sys.ActorOf(Props.Create(() => new SlowToStop(gate)), "name");
        Watch(first);
        Sys.Stop(first);
        Assert.Throws<InvalidActorNameException>(() => Act((_, _) => { }, "name"));
        gate.Set();
        ExpectTerminated(first);
        var second = Act((_, _) => { }, "name");
        Assert.Equal(first.Path.ToString(), second.Path.ToString());
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$a")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void A_name_that_is_no_path_element_is_refused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => Act((_, _) => { }, name));

    [Fact]
    public void Props_arguments_are_evaluated_once()
    {
        var evaluations = 0;
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(Count(ref evaluations, TestActor), "it")));
        Expect("it: new", "it: PreStart");
        actor.Tell(new Fail("boom"));
        Expect("it: PreRestart boom", "it: PostStop", "it: new", "it: PostRestart", "it: PreStart");
        Assert.Equal(1, evaluations);
    }

    [Fact]
    public void Props_take_a_plain_new_only() => Assert.Throws<ArgumentException>(() => Props.Create(() => Make()));

    [Fact]
    public void A_restart_goes_back_to_the_first_behaviour()
    {
        var actor = Act((message, context) =>
        {
            if (message is Fail failure)
                throw failure.Cause;
            context.Sender!.Tell("first");
            context.Become(next =>
            {
                if (next is Fail inner)
                    throw inner.Cause;
                TestActor.Tell("second");
            });
        });
        actor.Tell("m", TestActor);
        ExpectMsg("first");
        actor.Tell("m", TestActor);
        ExpectMsg("second");
        actor.Tell(new Fail("boom"));
        actor.Tell("m", TestActor);
        ExpectMsg("first");
    }

    [Fact]
    public void An_actor_is_not_made_by_new() => Assert.Throws<ActorInitializationException>(() => new Recorder(TestActor));

    [Fact]
    public async Task Actors_started_while_the_system_ends_end_too()
    {
        for (var round = 0; round < 200; round++)
        {
            var system = ActorSystem.Create("brief");
            var starting = Task.Run(() =>
            {
                try
                {
                    while (true)
                        system.ActorOf(Props.Create(() => new Counted()));
                }
                catch (InvalidOperationException)
                {
                }
            });
            await system.Terminate().WaitAsync(TimeSpan.FromMinutes(2));
            await starting.WaitAsync(TimeSpan.FromMinutes(2));
        }
        Assert.Equal(0, Volatile.Read(ref Counted.Alive));
    }

    private void Expect(params string[] steps) => Assert.All(steps, step => ExpectMsg(step));

    private static IActorRef Count(ref int evaluations, IActorRef actor)
    {
        evaluations++;
        return actor;
    }

    private static Counted Make() => new();

    private sealed class Counted : UntypedActor
    {
        public static int Alive;

        protected override void PreStart() => Interlocked.Increment(ref Alive);

        protected override void PostStop() => Interlocked.Decrement(ref Alive);

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class SlowToStop(ManualResetEventSlim gate) : UntypedActor
    {
        protected override void PostStop() => gate.Wait();

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class KeepsChildren(IActorRef listener, bool throws) : UntypedActor
    {
        protected override void PreStart()
        {
            Context.ActorOf(Props.Create(() => new Counted()), "child");
            listener.Tell("new");
        }

        protected override void PreRestart(Exception reason, object? message)
        {
            if (throws)
                throw new InvalidOperationException("no");
        }

        protected override void OnReceive(object message)
        {
            if (message is Fail failure)
                throw failure.Cause;
            Sender.Tell(message);
        }
    }
}

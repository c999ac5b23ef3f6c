namespace TransferEngine.Actors.Tests;

public sealed class SupervisionSpec : KernelSpec
{
    [Fact]
    public void The_failing_message_is_not_delivered_again_and_queued_mail_survives_the_restart()
    {
        var child = StartChild(_ => Directive.Restart, out _);
        child.Tell("before");
        child.Tell(new Fail("boom"));
        child.Tell("after");
        Expect("new", "PreStart", "before", "PreRestart boom", "PostStop", "new", "PostRestart", "PreStart", "after");
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_failed_actor_handles_nothing_until_its_parent_has_decided()
    {
        using var decide = new ManualResetEventSlim();
        var child = StartChild(
            _ =>
            {
                decide.Wait();
                return Directive.Restart;
            },
            out _);
        child.Tell(new Fail("boom"));
        child.Tell("after");
        Expect("new", "PreStart");
        ExpectNoMsg(Moment);
        decide.Set();
        Expect("PreRestart boom", "PostStop", "new", "PostRestart", "PreStart", "after");
    }

    [Fact]
    public void A_failed_actor_can_still_be_watched_and_stopped()
    {
        using var decide = new ManualResetEventSlim();
        var child = StartChild(
            _ =>
            {
                decide.Wait();
                return Directive.Restart;
            },
            out _);
        Expect("new", "PreStart");
        child.Tell(new Fail("boom"));
        Watch(child);
        Sys.Stop(child);
        Expect("PostStop");
        ExpectTerminated(child);
        decide.Set();
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void Stop_stops_the_child_alone()
    {
        var child = StartChild(_ => Directive.Stop, out var parent);
        Watch(child);
        Expect("new", "PreStart");
        child.Tell(new Fail("boom"));
        Expect("PostStop");
        ExpectTerminated(child);
        Drain(parent);
    }

    [Fact]
    public void Escalate_fails_the_parent_with_the_childs_cause()
    {
        var errors = Listen<Error>();
        var child = StartChild(_ => Directive.Escalate, out var parent);
        Watch(child);
        Expect("new", "PreStart");
        var cause = new InvalidOperationException("boom");
        child.Tell(new Fail(cause));
        // The guardian restarts the parent, which stops its children.
        Expect("PostStop");
        ExpectTerminated(child);
        Assert.Equal(child.Path.ToString(), errors.ExpectMsg<Error>(error => error.Cause == cause).LogSource);
        Assert.Equal(parent.Path.ToString(), errors.ExpectMsg<Error>(error => error.Cause == cause).LogSource);
    }

    [Fact]
    public void More_restarts_than_allowed_stop_the_child()
    {
        var child = StartChild(new OneForOneStrategy(2, null, _ => Directive.Restart), out _);
        Watch(child);
        for (var i = 0; i < 3; i++)
            child.Tell(new Fail("boom"));
        Expect("new", "PreStart");
        Expect("PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
        Expect("PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
        Expect("PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void Restarts_count_within_their_window_only()
    {
        var child = StartChild(new OneForOneStrategy(1, TimeSpan.FromSeconds(10), _ => Directive.Restart), out _);
        Watch(child);
        Expect("new", "PreStart");
        for (var i = 0; i < 3; i++)
        {
            child.Tell(new Fail("boom"));
            Expect("PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
            Time.Advance(TimeSpan.FromSeconds(11));
        }
        child.Tell(new Fail("boom"));
        Expect("PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
        Time.Advance(TimeSpan.FromSeconds(9));
        child.Tell(new Fail("boom"));
        Expect("PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void By_default_a_failure_restarts()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor, "it")));
        actor.Tell(new Fail("boom"));
        Expect("new", "PreStart", "PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
    }

    [Fact]
    public void By_default_a_kill_stops()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Recorder(TestActor, "it")));
        Watch(actor);
        Expect("new", "PreStart");
        actor.Tell(Kill.Instance);
        Expect("PostStop");
        ExpectTerminated(actor);
    }

    [Fact]
    public void By_default_a_constructor_or_PreStart_that_throws_stops()
    {
        var errors = Listen<Error>();
        foreach (var inConstructor in new[] { true, false })
        {
            var actor = Sys.ActorOf(Props.Create(() => new Stillborn(inConstructor)));
            Watch(actor);
            ExpectTerminated(actor);
            var failure = Assert.IsType<ActorInitializationException>(errors.ExpectMsg<Error>().Cause);
            Assert.Equal(actor, failure.Actor);
        }
    }

    [Fact]
    public void A_PostRestart_that_throws_is_an_initialization_failure()
    {
        var actor = Sys.ActorOf(Props.Create(() => new NeverAgain()));
        Watch(actor);
        actor.Tell(new Fail("boom"));
        ExpectTerminated(actor);
    }

    [Fact]
    public void The_failure_of_an_instance_that_was_replaced_is_dropped()
    {
        // The child fails twice before its parent looks: once as it handles a message, once while it is suspended, by its own child.
        var decisions = 0;
        var child = StartChild(
            _ =>
            {
                decisions++;
                return Directive.Restart;
            },
            out var parent);
        child.Tell(new Fail("boom"));
        Expect("new", "PreStart", "PreRestart boom", "PostStop", "new", "PostRestart", "PreStart");
        parent.Tell(new Stale(child));
        Drain(child);
        Assert.Equal(1, decisions);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_decider_that_throws_fails_the_supervisor()
    {
        var errors = Listen<Error>();
        var child = StartChild(_ => throw new NotSupportedException("no idea"), out var parent);
        child.Tell(new Fail("boom"));
        errors.ExpectMsg<Error>(error => error.LogSource == child.Path.ToString());
        Assert.IsType<NotSupportedException>(errors.ExpectMsg<Error>(error => error.LogSource == parent.Path.ToString()).Cause);
    }

    private IActorRef StartChild(Func<Exception, Directive> decider, out IActorRef parent) => StartChild(new OneForOneStrategy(decider), out parent);

    private IActorRef StartChild(SupervisorStrategy strategy, out IActorRef parent)
    {
        var probe = CreateTestProbe();
        parent = Sys.ActorOf(Props.Create(() => new Parent(strategy)));
        parent.Tell(Props.Create(() => new Recorder(TestActor, "it")), probe.Ref);
        return probe.ExpectMsg<IActorRef>();
    }

    private void Expect(params string[] steps)
    {
        foreach (var step in steps)
        {
            var message = ExpectMsg<string>();
            Assert.Equal(step, message.Replace("it: ", "", StringComparison.Ordinal));
        }
    }

    private sealed record Stale(IActorRef Child);

    private sealed class Parent(SupervisorStrategy strategy) : UntypedActor
    {
        protected override SupervisorStrategy SupervisorStrategy() => strategy;

        protected override void OnReceive(object message)
        {
            if (message is Props props)
                Sender.Tell(Context.ActorOf(props));
            else if (message is Stale stale)
                ((LocalActorRef)Self).TellSystem(new ChildFailed((LocalActorRef)stale.Child, new InvalidOperationException("old"), 0));
            else
                Sender.Tell(message);
        }
    }

    private sealed class Stillborn : UntypedActor
    {
        public Stillborn(bool inConstructor)
        {
            if (inConstructor)
                throw new InvalidOperationException("no");
        }

        protected override void PreStart() => throw new InvalidOperationException("no");

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class NeverAgain : UntypedActor
    {
        protected override void PostRestart(Exception reason) => throw new InvalidOperationException("no");

        protected override void OnReceive(object message) => throw ((Fail)message).Cause;
    }
}

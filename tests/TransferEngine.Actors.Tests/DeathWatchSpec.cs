namespace TransferEngine.Actors.Tests;

public sealed class DeathWatchSpec : KernelSpec
{
    [Fact]
    public void A_watcher_gets_exactly_one_Terminated_however_often_it_watched()
    {
        var subject = Act((_, _) => { });
        Watch(subject);
        Watch(subject);
        Sys.Stop(subject);
        Assert.True(ExpectTerminated(subject).ExistenceConfirmed);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_parent_that_watches_its_child_gets_exactly_one_Terminated()
    {
        var parent = Act((message, context) =>
        {
            if (message is "start")
                context.Stop(context.Watch(context.ActorOf(Props.Create(() => new Recorder(ActorRefs.Nobody, "child")))));
            else
                TestActor.Tell(message);
        });
        parent.Tell("start");
        ExpectMsg<Terminated>();
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void Every_watcher_is_told()
    {
        var subject = Act((_, _) => { });
        var probes = Enumerable.Range(0, 5).Select(_ => CreateTestProbe()).ToList();
        probes.ForEach(probe => probe.Watch(subject));
        subject.Tell(PoisonPill.Instance);
        probes.ForEach(probe => probe.ExpectTerminated(subject));
    }

    [Fact]
    public void Terminated_comes_behind_earlier_mail()
    {
        using var gate = new ManualResetEventSlim();
        var subject = Act((_, _) => { });
        var watcher = Watcher(gate, subject);
        watcher.Tell("wait");
        ExpectMsg("waiting");
        watcher.Tell("earlier");
        End(subject);
        gate.Set();
        ExpectMsg("earlier");
        ExpectTerminated(subject);
    }

    [Fact]
    public void Watching_the_dead_is_answered_at_once()
    {
        var subject = Act((_, _) => { });
        End(subject);
        Watch(subject);
        Assert.False(ExpectTerminated(subject).ExistenceConfirmed);
        Watch(subject);
        ExpectTerminated(subject);
        Watch(Sys.DeadLetters);
        Assert.False(ExpectTerminated(Sys.DeadLetters).ExistenceConfirmed);
    }

    [Fact]
    public void Unwatch_cancels_a_notice_that_is_queued_already()
    {
        using var gate = new ManualResetEventSlim();
        var subject = Act((_, _) => { });
        var watcher = Watcher(gate, subject);
        watcher.Tell("wait and unwatch");
        ExpectMsg("waiting");
        End(subject);
        gate.Set();
        watcher.Tell("after");
        ExpectMsg("after");
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void WatchWith_sends_its_message_in_place_of_Terminated()
    {
        var subject = Act((_, _) => { });
        var watcher = Act((message, context) =>
        {
            if (message is "watch")
                context.WatchWith(subject, "gone");
            else
                TestActor.Tell((message, context.Sender));
        });
        watcher.Tell("watch");
        Drain(watcher);
        Sys.Stop(subject);
        ExpectMsg(((object)"gone", (IActorRef?)subject));
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void An_unhandled_Terminated_fails_the_watcher()
    {
        var errors = Listen<Error>();
        var subject = Act((_, _) => { });
        var watcher = Sys.ActorOf(Props.Create(() => new Careless(subject)));
        Watch(watcher);
        Drain(watcher);
        Sys.Stop(subject);
        Assert.Equal(subject, Assert.IsType<DeathPactException>(errors.ExpectMsg<Error>().Cause).DeadActor);
        ExpectTerminated(watcher);
    }

    [Fact]
    public void A_watch_survives_the_watchers_restart()
    {
        var subject = Act((_, _) => { });
        var watcher = Act((message, context) =>
        {
            if (message is Fail failure)
                throw failure.Cause;
            if (message is "watch")
                context.Watch(subject);
            else
                TestActor.Tell(message);
        });
        watcher.Tell("watch");
        watcher.Tell(new Fail("boom"));
        Drain(watcher);
        Sys.Stop(subject);
        ExpectTerminated(subject);
    }

    [Fact]
    public void A_watch_survives_the_subjects_restart()
    {
        var subject = Sys.ActorOf(Props.Create(() => new Recorder(ActorRefs.Nobody, "it")));
        Watch(subject);
        subject.Tell(new Fail("boom"));
        Drain(subject);
        ExpectNoMsg(Moment);
        Sys.Stop(subject);
        ExpectTerminated(subject);
    }

    private void End(IActorRef subject)
    {
        var probe = CreateTestProbe();
        probe.Watch(subject);
        Sys.Stop(subject);
        probe.ExpectTerminated(subject);
    }

    /// <summary>Watches; <c>wait</c> holds it until the gate opens; else it passes on what it gets.</summary>
    private IActorRef Watcher(ManualResetEventSlim gate, IActorRef subject)
    {
        var watcher = Act((message, context) =>
        {
            switch (message)
            {
                case "watch":
                    context.Watch(subject);
                    break;
                case "wait" or "wait and unwatch":
                    TestActor.Tell("waiting");
                    gate.Wait();
                    // The notice was sent before the gate opened; this message is followed by a look at the signals.
                    context.Self.Tell(message is "wait" ? "turn" : "unwatch");
                    break;
                case "unwatch":
                    context.Unwatch(subject);
                    break;
                case "turn":
                    break;
                default:
                    TestActor.Tell(message);
                    break;
            }
        });
        watcher.Tell("watch");
        Drain(watcher);
        return watcher;
    }

    private sealed class Careless(IActorRef subject) : UntypedActor
    {
        protected override void PreStart() => Context.Watch(subject);

        protected override void OnReceive(object message)
        {
            if (message is Ping)
                Sender.Tell(message);
            else
                Unhandled(message);
        }
    }
}

namespace TransferEngine.Actors.Tests;

public sealed class TimerSpec : KernelSpec
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_single_timer_fires_once_and_not_early()
    {
        var actor = Start(timers => timers.StartSingleTimer("key", "tick", Second));
        Time.Advance(Second - TimeSpan.FromTicks(1));
        ExpectNoMsg(Moment);
        Time.Advance(TimeSpan.FromTicks(1));
        ExpectMsg("tick");
        Assert.Equal(actor, LastSender);
        Time.Advance(10 * Second);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_periodic_timer_fires_again_and_again()
    {
        Start(timers => timers.StartPeriodicTimer("key", "tick", Second));
        for (var i = 0; i < 5; i++)
        {
            Time.Advance(Second);
            ExpectMsg("tick");
        }
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_tick_that_is_queued_when_its_timer_is_cancelled_is_not_delivered() =>
        Overtaken(timers => timers.Cancel("key"));

    [Fact]
    public void A_tick_that_is_queued_when_its_key_is_started_again_is_not_delivered()
    {
        Overtaken(timers => timers.StartSingleTimer("key", "new", Second));
        Time.Advance(Second);
        ExpectMsg("new");
    }

    [Fact]
    public void CancelAll_cancels_all() => Overtaken(timers => timers.CancelAll());

    [Fact]
    public void A_restart_cancels_the_timers()
    {
        var actor = Start(timers => timers.StartPeriodicTimer("key", "tick", Second));
        actor.Tell(new Fail("boom"));
        Drain(actor);
        Time.Advance(10 * Second);
        Drain(actor);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_stop_cancels_the_timers()
    {
        var actor = Start(timers => timers.StartPeriodicTimer("key", "tick", Second));
        var letters = Listen<AllDeadLetters>();
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        Time.Advance(10 * Second);
        letters.ExpectNoMsg(Moment);
    }

    [Fact]
    public void IsTimerActive_tells_whether_it_will_fire()
    {
        var seen = new List<bool>();
        Start(timers =>
        {
            seen.Add(timers.IsTimerActive("key"));
            timers.StartSingleTimer("key", "tick", Second);
            seen.Add(timers.IsTimerActive("key"));
            timers.Cancel("key");
            seen.Add(timers.IsTimerActive("key"));
        });
        Assert.Equal([false, true, false], seen);
    }

    /// <summary>Has the step run while the tick of "key" waits in the mailbox; nothing must come of it.</summary>
    private void Overtaken(Action<ITimerScheduler> step)
    {
        using var gate = new ManualResetEventSlim();
        var actor = Start(timers => timers.StartSingleTimer("key", "old", Second));
        actor.Tell((Action<ITimerScheduler>)(timers =>
        {
            TestActor.Tell("waiting");
            gate.Wait();
            step(timers);
        }));
        ExpectMsg("waiting");
        Time.Advance(Second);
        gate.Set();
        Drain(actor);
        ExpectNoMsg(Moment);
    }

    private IActorRef Start(Action<ITimerScheduler> step)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Timed(TestActor)));
        actor.Tell(step);
        Drain(actor);
        return actor;
    }

    private sealed class Timed(IActorRef listener) : UntypedActor, IWithTimers
    {
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
                case Action<ITimerScheduler> step:
                    step(Timers);
                    break;
                default:
                    listener.Tell(message, Sender);
                    break;
            }
        }
    }
}

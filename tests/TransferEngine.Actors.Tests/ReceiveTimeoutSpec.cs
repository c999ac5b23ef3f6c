namespace TransferEngine.Actors.Tests;

public sealed class ReceiveTimeoutSpec : KernelSpec
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Silence_is_noticed_each_time_it_lasts()
    {
        var actor = Start();
        Time.Advance(Second);
        ExpectMsg(ReceiveTimeout.Instance);
        Drain(actor);
        Time.Advance(Second);
        ExpectMsg(ReceiveTimeout.Instance);
    }

    [Fact]
    public void A_message_puts_it_off()
    {
        var actor = Start();
        Time.Advance(0.9 * Second);
        actor.Tell("poke");
        ExpectMsg("poke");
        Drain(actor);
        Time.Advance(0.9 * Second);
        ExpectNoMsg(Moment);
        Time.Advance(0.1 * Second);
        ExpectMsg(ReceiveTimeout.Instance);
    }

    [Fact]
    public void A_message_that_says_so_does_not_put_it_off()
    {
        var actor = Start();
        Time.Advance(0.9 * Second);
        actor.Tell(new Unobtrusive());
        ExpectMsg<Unobtrusive>();
        Time.Advance(0.1 * Second);
        ExpectMsg(ReceiveTimeout.Instance);
    }

    [Fact]
    public void Null_switches_it_off()
    {
        var actor = Start();
        actor.Tell("off");
        Drain(actor);
        Time.Advance(10 * Second);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void The_message_of_a_timer_puts_it_off_too_and_CancelAll_leaves_it_alone()
    {
        var actor = Start();
        actor.Tell("timer");
        Drain(actor);
        Time.Advance(0.6 * Second);
        ExpectMsg("tick");
        actor.Tell(new Unobtrusive());
        ExpectMsg<Unobtrusive>();
        Time.Advance(0.6 * Second);
        ExpectNoMsg(Moment);
        Time.Advance(0.4 * Second);
        ExpectMsg(ReceiveTimeout.Instance);
    }

    private IActorRef Start()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Impatient(TestActor)));
        actor.Tell("on");
        Drain(actor);
        return actor;
    }

    private sealed record Unobtrusive : INotInfluenceReceiveTimeout;

    private sealed class Impatient(IActorRef listener) : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Ping:
                    Sender.Tell(message);
                    break;
                case "on":
                    Context.SetReceiveTimeout(Second);
                    break;
                case "off":
                    Context.SetReceiveTimeout(null);
                    break;
                case "timer":
                    Timers.StartSingleTimer("key", "tick", 0.6 * Second);
                    break;
                case Unobtrusive:
                    Timers.CancelAll();
                    listener.Tell(message);
                    break;
                default:
                    listener.Tell(message);
                    break;
            }
        }
    }
}

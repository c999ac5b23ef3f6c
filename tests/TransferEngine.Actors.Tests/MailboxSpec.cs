namespace TransferEngine.Actors.Tests;

public sealed class MailboxSpec : KernelSpec
{
    [Fact]
    public void Messages_of_one_sender_come_in_order_and_none_is_lost()
    {
        var next = new Dictionary<int, int>();
        var total = 0;
        var wrong = 0;
        var done = CreateTestProbe();
        var counter = Act((message, _) =>
        {
            var (sender, number) = ((int, int))message;
            wrong += next.GetValueOrDefault(sender) == number ? 0 : 1;
            next[sender] = number + 1;
            if (++total == 80_000)
                done.Ref.Tell(wrong);
        });
        Parallel.For(0, 8, sender =>
        {
            for (var number = 0; number < 10_000; number++)
                counter.Tell((sender, number));
        });
        done.ExpectMsg(0, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void An_actor_handles_one_message_at_a_time()
    {
        var inside = 0;
        var overlaps = 0;
        var actor = Act((_, _) =>
        {
            overlaps += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
            Thread.SpinWait(100);
            Interlocked.Decrement(ref inside);
        });
        Parallel.For(0, 5_000, _ => actor.Tell("m"));
        Drain(actor);
        Assert.Equal(0, overlaps);
    }

    [Fact]
    public void A_stop_overtakes_queued_messages()
    {
        using var gate = new ManualResetEventSlim();
        var handled = CreateTestProbe();
        var letters = Listen<DeadLetter>();
        var actor = Act((message, _) =>
        {
            handled.Ref.Tell(message);
            gate.Wait();
        });
        Watch(actor);
        actor.Tell("first");
        actor.Tell("second");
        handled.ExpectMsg("first");
        Sys.Stop(actor);
        gate.Set();
        ExpectTerminated(actor);
        Assert.Equal("second", letters.ExpectMsg<DeadLetter>().Message);
        handled.ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_poison_pill_waits_its_turn()
    {
        var handled = CreateTestProbe();
        var actor = Act((message, _) => handled.Ref.Tell(message));
        Watch(actor);
        actor.Tell("first");
        actor.Tell(PoisonPill.Instance);
        actor.Tell("late");
        handled.ExpectMsg("first");
        ExpectTerminated(actor);
        handled.ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_busy_actor_does_not_starve_the_others()
    {
        // More endless actors than threads: each must give its thread back now and then.
        var running = true;
        for (var i = 0; i < Environment.ProcessorCount * 4; i++)
            Act((message, context) => _ = Volatile.Read(ref running) ? Again(context, message) : 0).Tell("go");
        Drain(Act((_, _) => { }));
        Volatile.Write(ref running, false);

        static int Again(IUntypedActorContext context, object message)
        {
            context.Self.Tell(message);
            return 0;
        }
    }

    [Fact]
    public void A_null_message_is_refused() =>
        Assert.Throws<ArgumentNullException>(() => Act((_, _) => { }).Tell(null!));
}

namespace TransferEngine.Actors.Tests;

public sealed class DeadLetterSpec : KernelSpec
{
    [Fact]
    public void A_message_to_the_dead_is_published_with_sender_and_recipient()
    {
        var letters = Listen<DeadLetter>();
        var actor = Gone();
        actor.Tell("m", TestActor);
        var letter = letters.ExpectMsg<DeadLetter>();
        Assert.Equal(("m", TestActor, actor), (letter.Message, letter.Sender, letter.Recipient));
    }

    [Fact]
    public void A_suppressed_message_is_published_as_such_only()
    {
        var (letters, suppressed) = (Listen<DeadLetter>(), Listen<SuppressedDeadLetter>());
        Gone().Tell(PoisonPill.Instance);
        Assert.Same(PoisonPill.Instance, suppressed.ExpectMsg<SuppressedDeadLetter>().Message);
        letters.ExpectNoMsg(Moment);
    }

    [Fact]
    public void Both_kinds_are_dead_letters()
    {
        var all = Listen<AllDeadLetters>();
        Sys.DeadLetters.Tell("m");
        Sys.DeadLetters.Tell(PoisonPill.Instance);
        all.ExpectMsg<DeadLetter>();
        all.ExpectMsg<SuppressedDeadLetter>();
    }

    [Fact]
    public void An_answer_to_nobody_is_a_dead_letter()
    {
        var letters = Listen<DeadLetter>();
        Act((_, _) => { }).Tell(new Ping(), ActorRefs.NoSender);
        Assert.IsType<Ping>(letters.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void An_unhandled_message_is_published()
    {
        var unhandled = Listen<UnhandledMessage>();
        var actor = Sys.ActorOf(Props.Create(() => new Deaf()));
        actor.Tell("m", TestActor);
        var message = unhandled.ExpectMsg<UnhandledMessage>();
        Assert.Equal(("m", TestActor, actor), (message.Message, message.Sender, message.Recipient));
    }

    [Fact]
    public void A_subscriber_hears_once_until_it_unsubscribes()
    {
        var letters = Listen<DeadLetter>();
        Assert.False(Sys.EventStream.Subscribe(letters.Ref, typeof(DeadLetter)));
        Sys.DeadLetters.Tell("m");
        letters.ExpectMsg<DeadLetter>();
        letters.ExpectNoMsg(Moment);
        Assert.True(Sys.EventStream.Unsubscribe(letters.Ref));
        Sys.DeadLetters.Tell("m");
        letters.ExpectNoMsg(Moment);
    }

    private IActorRef Gone()
    {
        var actor = Act((_, _) => { });
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return actor;
    }

    private sealed class Deaf : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}

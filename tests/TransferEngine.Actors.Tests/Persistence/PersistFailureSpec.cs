namespace TransferEngine.Actors.Tests.Persistence;

public sealed class PersistFailureSpec : PersistenceSpec
{
    [Fact]
    public void A_write_that_fails_calls_the_hook_and_stops_the_actor()
    {
        Journal.BeforeAppend = _ => throw new IOException("disk");
        var actor = Started();
        Watch(actor);
        Run(actor, self =>
        {
            self.Persist("a", self.Say);
            self.Persist("b", self.Say);
        });
        Expect("failed a 1", "stopped");
        ExpectTerminated(actor);
        ExpectNoMsg(Moment);
    }

    [Fact]
    public void A_rejected_event_is_not_stored_and_the_actor_goes_on()
    {
        Journal.BeforeAppend = records => Journal.Appends == 1 ? throw new JournalRejectedException("no") : Task.CompletedTask;
        var actor = Started();
        Run(actor, self => self.Persist("a", self.Say));
        Run(actor, self => self.Persist("b", stored => self.Say($"{stored} {self.LastSequenceNr}")));
        Expect("rejected a 1", "b 1");
        Assert.Equal(["b"], Stored());
    }

    [Fact]
    public void Of_a_batch_only_what_the_journal_refuses_is_rejected()
    {
        Journal.BeforeAppend = records =>
            records.Any(record => record.Payload.Span.SequenceEqual("bad"u8)) ? throw new JournalRejectedException("no") : Task.CompletedTask;
        var actor = Started();
        Run(actor, self =>
        {
            self.PersistAsync("a", self.Say);
            self.PersistAll(["bad", "with it"], self.Say);
            self.PersistAsync("b", self.Say);
            self.DeferAsync("end", self.Say);
        });
        Expect("a", "rejected bad 2", "rejected with it 2", "b", "end");
        Assert.Equal(["a", "b"], Stored());
    }

    [Fact]
    public void What_can_not_be_serialized_is_rejected_alone_and_leaves_no_gap()
    {
        var actor = Started();
        Run(actor, self =>
        {
            self.PersistAsync("a", self.Say);
            self.PersistAsync("unserializable", self.Say);
            self.PersistAsync("b", self.Say);
        });
        Expect("a", "rejected unserializable 2", "b");
        Assert.Equal([1, 2], Journal.ReadStored("p").Select(record => record.SequenceNr));
    }

    [Fact]
    public async Task A_reply_to_an_older_instance_is_ignored_and_its_write_is_waited_for()
    {
        var (reached, durable) = (new TaskCompletionSource(), new TaskCompletionSource());
        Journal.BeforeAppend = _ =>
        {
            reached.TrySetResult();
            return durable.Task;
        };
        var actor = Started();
        Run(actor, self => self.PersistAsync("a", self.Say));
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        actor.Tell(new Fail("boom"));
        Run(actor, self => self.Persist("b", stored => self.Say($"{stored} {self.LastSequenceNr}")));
        Expect("stopped");
        ExpectNoMsg(Moment);
        durable.SetResult();
        // Had the new instance not waited, it would number its own event 1 and fail.
        Expect("recovered a", "completed at 1", "b 2");
        ExpectNoMsg(Moment);
    }

    [Fact]
    public async Task A_successor_under_the_same_id_waits_for_the_write_of_a_stopped_actor()
    {
        var (reached, durable) = (new TaskCompletionSource(), new TaskCompletionSource());
        Journal.BeforeAppend = _ =>
        {
            reached.TrySetResult();
            return durable.Task;
        };
        var actor = Started();
        Run(actor, self => self.Persist("a", self.Say));
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Sys.Stop(actor);
        Expect("stopped");
        Start();
        ExpectNoMsg(Moment);
        durable.SetResult();
        Expect("recovered a", "completed at 1");
    }

    private IActorRef Started()
    {
        var actor = Start();
        Expect("completed at 0");
        return actor;
    }
}

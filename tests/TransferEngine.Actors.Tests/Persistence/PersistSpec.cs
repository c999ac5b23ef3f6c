namespace TransferEngine.Actors.Tests.Persistence;

public sealed class PersistSpec : PersistenceSpec
{
    [Fact]
    public void The_handler_runs_when_the_event_is_stored()
    {
        var durable = new TaskCompletionSource();
        Journal.BeforeAppend = _ => durable.Task;
        var actor = Started();
        Run(actor, self => self.Persist("a", stored => self.Say($"{stored} {self.LastSequenceNr} {self.IsRecovering}")));
        ExpectNoMsg(Moment);
        Assert.Empty(Stored());
        durable.SetResult();
        Expect("a 1 False");
        Assert.Equal(["a"], Stored());
    }

    [Fact]
    public void Other_commands_wait_and_come_back_one_at_a_time_in_order()
    {
        var durable = new TaskCompletionSource();
        Journal.BeforeAppend = _ => durable.Task;
        var actor = Started();
        Run(actor, self => self.Persist("a", self.Say));
        actor.Tell(1);
        Run(actor, self => self.Persist("b", self.Say));
        actor.Tell(2);
        actor.Tell(3);
        ExpectNoMsg(Moment);
        durable.SetResult();
        Expect("a", "command 1", "b", "command 2", "command 3");
        actor.Tell(4);
        Expect("command 4");
    }

    [Fact]
    public void Several_persists_of_one_command_run_in_order_before_the_next_command()
    {
        var actor = Started();
        Run(actor, self =>
        {
            self.Persist("a", self.Say);
            self.Persist("b", self.Say);
            self.PersistAll(["c", "d"], self.Say);
        });
        actor.Tell(1);
        Expect("a", "b", "c", "d", "command 1");
        Assert.Equal(1, Journal.Appends);
    }

    [Fact]
    public void A_persist_within_a_handler_comes_before_the_next_command()
    {
        var actor = Started();
        Run(actor, self => self.Persist("a", first =>
        {
            self.Say(first);
            self.Persist("b", self.Say);
        }));
        actor.Tell(1);
        Expect("a", "b", "command 1");
        Assert.Equal(["a", "b"], Stored());
    }

    [Fact]
    public void PersistAll_is_one_append_however_many_events()
    {
        var actor = Started();
        var events = Enumerable.Range(0, 2500).Select(number => $"{number}").ToList();
        Run(actor, self => self.PersistAll(events, last =>
        {
            if (last == events[^1])
                self.Say(last);
        }));
        Expect(events[^1]);
        Assert.Equal(1, Journal.Appends);
        Assert.Equal(events, Stored());
    }

    [Fact]
    public void PersistAll_of_nothing_does_nothing()
    {
        var actor = Started();
        Run(actor, self => self.PersistAll([], (string _) => self.Say("never")));
        actor.Tell(1);
        Expect("command 1");
        Assert.Equal(0, Journal.Appends);
    }

    [Fact]
    public void PersistAsync_lets_commands_go_on()
    {
        var durable = new TaskCompletionSource();
        Journal.BeforeAppend = _ => durable.Task;
        var actor = Started();
        Run(actor, self => self.PersistAsync("a", self.Say));
        actor.Tell(1);
        Expect("command 1");
        durable.SetResult();
        Expect("a");
    }

    [Fact]
    public void A_flood_of_PersistAsync_keeps_its_order_and_needs_few_appends()
    {
        const int count = 15_000;
        var actor = Started();
        var seen = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var number = i;
            Run(actor, self => self.PersistAsync($"{number}", _ =>
            {
                seen.Add(number);
                if (number == count - 1)
                    self.Say("all");
            }));
        }
        ExpectMsg("all", TimeSpan.FromMinutes(2));
        Assert.Equal(Enumerable.Range(0, count), seen);
        Assert.InRange(Journal.Appends, 1, count / 10);
        Assert.Equal(Enumerable.Range(0, count).Select(number => $"{number}"), Stored());
    }

    [Fact]
    public void DeferAsync_runs_behind_what_was_persisted_before_and_stores_nothing()
    {
        var durable = new TaskCompletionSource();
        Journal.BeforeAppend = _ => durable.Task;
        var actor = Started();
        Run(actor, self =>
        {
            self.PersistAsync("a", self.Say);
            self.DeferAsync("d", self.Say);
            self.PersistAsync("b", self.Say);
        });
        actor.Tell(1);
        Expect("command 1");
        durable.SetResult();
        Expect("a", "d", "b");
        Assert.Equal(["a", "b"], Stored());
    }

    [Fact]
    public void DeferAsync_with_nothing_pending_runs_at_once()
    {
        Run(Started(), self =>
        {
            self.DeferAsync("d", self.Say);
            self.Say("after");
        });
        Expect("d", "after");
    }

    [Fact]
    public void Handlers_see_the_sender_of_their_command()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var durable = new TaskCompletionSource();
        Journal.BeforeAppend = _ => durable.Task;
        var actor = Started();
        Run(actor, self => self.PersistAsync("a", _ => self.From.Tell("for first")), first.Ref);
        Run(actor, self => self.DeferAsync("d", _ => self.From.Tell("for second")), second.Ref);
        Run(actor, self => self.Persist("b", _ => self.From.Tell("for first")), first.Ref);
        Run(actor, self => self.From.Tell("for second"), second.Ref);
        durable.SetResult();
        first.ExpectMsg("for first");
        first.ExpectMsg("for first");
        second.ExpectMsg("for second");
        second.ExpectMsg("for second");
    }

    [Fact]
    public void Commands_that_wait_survive_a_failure_of_the_handler()
    {
        var actor = Started();
        Run(actor, self => self.Persist("a", _ => throw new InvalidOperationException("boom")));
        actor.Tell(1);
        actor.Tell(2);
        Expect("stopped", "recovered a", "completed at 1", "command 1", "command 2");
    }

    [Fact]
    public async Task A_stop_returns_the_commands_that_wait_to_dead_letters()
    {
        var letters = Listen<DeadLetter>();
        var (reached, durable) = (new TaskCompletionSource(), new TaskCompletionSource());
        Journal.BeforeAppend = _ =>
        {
            reached.SetResult();
            return durable.Task;
        };
        var actor = Started();
        Run(actor, self => self.Persist("a", self.Say));
        actor.Tell(1);
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Sys.Stop(actor);
        Expect("stopped");
        Assert.Equal(1, letters.ExpectMsg<DeadLetter>().Message);
        durable.SetResult();
    }

    private IActorRef Started()
    {
        var actor = Start();
        Expect("completed at 0");
        return actor;
    }
}

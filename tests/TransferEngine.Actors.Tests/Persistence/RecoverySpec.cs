namespace TransferEngine.Actors.Tests.Persistence;

public sealed class RecoverySpec() : PersistenceSpec(new ActorSystemSettings { RecoveryPermits = 2, ReplayWindow = 10, RecoveryTimeout = Timeout })
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    [Fact]
    public void Events_are_replayed_in_order_in_windows_then_commands_run()
    {
        Journal.Store([.. Enumerable.Range(1, 25).Select(number => Record("p", number, $"{number}"))]);
        Start().Tell("c");
        Expect([.. Enumerable.Range(1, 25).Select(number => $"recovered {number}")]);
        Expect("completed at 25", "command c");
        Assert.Equal(10, Journal.LargestWindow);
    }

    [Fact]
    public void A_history_that_fills_its_last_window_ends_too()
    {
        Journal.Store([.. Enumerable.Range(1, 20).Select(number => Record("p", number, $"{number}"))]);
        Start();
        Expect([.. Enumerable.Range(1, 20).Select(number => $"recovered {number}")]);
        Expect("completed at 20");
    }

    [Fact]
    public async Task The_highest_sequence_number_survives_deletion()
    {
        Journal.Store([Record("p", 1, "a"), Record("p", 2, "b")]);
        await Journal.DeleteAsync("p", 2, CancellationToken.None);
        var actor = Start();
        Expect("completed at 2");
        Run(actor, self => self.Persist("c", stored => self.Say($"{stored} {self.LastSequenceNr}")));
        Expect("c 3");
    }

    [Fact]
    public async Task No_more_actors_recover_at_once_than_there_are_permits()
    {
        var (reading, release) = (0, new TaskCompletionSource());
        var two = new TaskCompletionSource();
        Journal.BeforeRead = _ =>
        {
            if (Interlocked.Increment(ref reading) == 2)
                two.SetResult();
            return release.Task;
        };
        for (var i = 0; i < 5; i++)
            Start($"p{i}");
        await two.Task.WaitAsync(TimeSpan.FromMinutes(2));
        ExpectNoMsg(Moment);
        Assert.Equal(2, Volatile.Read(ref reading));
        release.SetResult();
        for (var i = 0; i < 5; i++)
            Expect("completed at 0");
    }

    [Fact]
    public void Actors_that_stop_while_they_recover_give_their_permits_back()
    {
        var never = new TaskCompletionSource();
        Journal.BeforeRead = id => id == "stuck" ? never.Task : Task.CompletedTask;
        for (var i = 0; i < 200; i++)
        {
            var actor = Start("stuck");
            Watch(actor);
            Sys.Stop(actor);
            Expect("stopped");
            ExpectTerminated(actor);
        }
        Start("one");
        Start("two");
        Expect("completed at 0", "completed at 0");
    }

    [Fact]
    public void An_event_that_can_not_be_applied_stops_the_actor()
    {
        Journal.Store([Record("p", 1, "a"), Record("p", 2, "poison"), Record("p", 3, "c")]);
        Watch(Start());
        Expect("recovered a", "recovery failed: InvalidOperationException", "stopped");
        ExpectMsg<Terminated>();
    }

    [Fact]
    public void A_journal_that_can_not_be_read_stops_the_actor()
    {
        Journal.BeforeRead = _ => throw new IOException("disk");
        Watch(Start());
        Expect("recovery failed: IOException", "stopped");
        ExpectMsg<Terminated>();
    }

    [Fact]
    public void Commands_wait_until_the_recovery_is_done_and_die_with_it()
    {
        var letters = Listen<DeadLetter>();
        var disk = new TaskCompletionSource();
        Journal.BeforeRead = _ => disk.Task;
        var actor = Start();
        actor.Tell("c");
        ExpectNoMsg(Moment);
        disk.SetException(new IOException("disk"));
        Expect("recovery failed: IOException", "stopped");
        Assert.Equal("c", letters.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public async Task A_recovery_that_does_not_get_on_times_out()
    {
        var reached = new TaskCompletionSource();
        Journal.BeforeRead = _ =>
        {
            reached.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        Start();
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Time.Advance(Timeout - TimeSpan.FromTicks(1));
        ExpectNoMsg(Moment);
        Time.Advance(TimeSpan.FromTicks(1));
        Expect("recovery failed: RecoveryTimedOutException", "stopped");
    }

    [Fact]
    public async Task Progress_puts_the_timeout_off()
    {
        Journal.Store([.. Enumerable.Range(1, 25).Select(number => Record("p", number, $"{number}"))]);
        var turns = new SemaphoreSlim(0);
        var waiting = new SemaphoreSlim(0);
        Journal.BeforeRead = _ =>
        {
            waiting.Release();
            return turns.WaitAsync();
        };
        Start();
        // Three windows, two reads each: with 20 seconds for each window, 60 in all.
        for (var window = 0; window < 3; window++)
        {
            Assert.True(await waiting.WaitAsync(TimeSpan.FromMinutes(2)));
            Time.Advance(TimeSpan.FromSeconds(20));
            turns.Release(2);
            Assert.True(await waiting.WaitAsync(TimeSpan.FromMinutes(2)));
            Expect([.. Enumerable.Range((window * 10) + 1, window < 2 ? 10 : 5).Select(number => $"recovered {number}")]);
        }
        Expect("completed at 25");
    }

    [Fact]
    public void Persisting_while_recovering_throws()
    {
        Journal.Store([Record("p", 1, "a")]);
        var actor = Sys.ActorOf(Props.Create(() => new Hasty(TestActor)));
        Watch(actor);
        ExpectMsg<InvalidOperationException>();
        ExpectTerminated(actor);
    }

    [Fact]
    public void What_RecoveryCompleted_persists_is_stored_before_the_first_command()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Greeter(TestActor)));
        actor.Tell("c");
        Expect("hello", "c");
    }

    private sealed class Hasty(IActorRef listener) : UntypedPersistentActor
    {
        public override string PersistenceId => "p";

        protected override void OnCommand(object message) => Unhandled(message);

        protected override void OnRecover(object message) => Persist(message, _ => { });

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => listener.Tell(reason);
    }

    private sealed class Greeter(IActorRef listener) : UntypedPersistentActor
    {
        public override string PersistenceId => "p";

        protected override void OnCommand(object message) => listener.Tell(message);

        protected override void OnRecover(object message)
        {
            if (message is RecoveryCompleted)
                Persist("hello", listener.Tell);
        }
    }
}

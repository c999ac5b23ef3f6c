using FsCheck;
using FsCheck.Fluent;

namespace TransferEngine.Actors.Tests.Persistence;

public sealed class ReplayPropertySpec : PersistenceSpec
{
    private int _round;

    /// <summary>However its events were persisted, an actor that recovers has the state of the one that lived.</summary>
    [Fact]
    public void Replay_gives_the_state_that_was_lived()
    {
        var step = ArbMap.Default.GeneratorFor<int>().SelectMany(_ => Gen.Choose(0, 5), (number, kind) => new Step(kind, number));
        var steps = Arb.From(step.ListOf().Select(list => list.ToList()));
        var property = Prop.ForAll(steps, list =>
        {
            var id = $"p{_round++}";
            var (live, events) = RunAll(id, list);
            var replayed = RunAll(id, []);
            return live == replayed.State && events == replayed.Events && replayed.Events == Stored(id).Count;
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), property);
    }

    private (string State, long Events) RunAll(string id, List<Step> steps)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Folder(id)));
        foreach (var step in steps)
            actor.Tell(step);
        actor.Tell("state", TestActor);
        var state = ExpectMsg<(string State, long Events)>();
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return state;
    }

    private sealed record Step(int Kind, int Number);

    /// <summary>Its state depends on the order of its events.</summary>
    private sealed class Folder(string id) : UntypedPersistentActor
    {
        private string _state = "";

        public override string PersistenceId => id;

        protected override void OnCommand(object message)
        {
            if (message is Step step)
                Do(step);
            else
                DeferAsync(message, _ => Sender.Tell((_state, LastSequenceNr)));
        }

        private void Do(Step step)
        {
            var text = $"{step.Number};";
            switch (step.Kind)
            {
                case 0:
                    Persist(text, Apply);
                    break;
                case 1:
                    PersistAsync(text, Apply);
                    break;
                case 2:
                    PersistAll([text, "all;"], Apply);
                    break;
                case 3:
                    PersistAllAsync([text, "async;"], Apply);
                    break;
                case 4:
                    Persist(text, first =>
                    {
                        Apply(first);
                        Persist("nested;", Apply);
                    });
                    break;
                default:
                    PersistAsync("unserializable", Apply);
                    break;
            }
        }

        protected override void OnRecover(object message)
        {
            if (message is string text)
                Apply(text);
        }

        private void Apply(string text) => _state += text;
    }
}

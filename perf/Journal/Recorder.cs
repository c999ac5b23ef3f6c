using Akka.Actor;
using Akka.Persistence;

namespace TransferEngine.Perf.Journal;

/// <summary>A persistent actor on the engine's journal, which writes as many facts as it is told and knows how many it recovered.</summary>
internal sealed class Recorder : UntypedPersistentActor
{
    private int _recovered;
    private int _left;
    private int _together;
    private int _number;
    private IActorRef _asker = ActorRefs.Nobody;

    public Recorder(string id) => (PersistenceId, JournalPluginId, SnapshotPluginId) = (id, JournalPlugin.Journal, "akka.persistence.no-snapshot-store");

    public override string PersistenceId { get; }

    public static Props Of(string id) => Props.Create(() => new Recorder(id));

    protected override void OnRecover(object message)
    {
        if (message is IJobEvent)
            _recovered++;
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Write write:
                (_left, _together, _asker) = (write.Facts, write.Together, Sender);
                WriteNext();
                break;
            case HowMany:
                Sender.Tell(_recovered);
                break;
        }
    }

    // The next ones when these are stored, as a repository goes on when what it put in place is.
    private void WriteNext()
    {
        if (_left == 0)
        {
            _asker.Tell(new Written());
            return;
        }
        var facts = Enumerable.Range(0, Math.Min(_together, _left)).Select(_ => new BlobUploaded($"sha256:{_number++:x64}", "team/tools/app", 12_345_678)).ToList();
        _left -= facts.Count;
        PersistAll(facts, fact =>
        {
            if (ReferenceEquals(fact, facts[^1]))
                WriteNext();
        });
    }

    /// <param name="Facts">How many.</param>
    /// <param name="Together">How many at a time; the next ones when these are stored.</param>
    public sealed record Write(int Facts, int Together);

    public sealed record Written;

    public sealed record HowMany;
}

using Akka.Actor;
using Akka.Persistence;

namespace TransferEngine.Persistence.Tests;

/// <summary>A persistent actor on the engine's journal: stores what it is told, and tells what it recovered.</summary>
internal sealed class Recorder(IActorRef actor)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="provider">Where it runs.</param>
    /// <param name="id">Under which name it stores.</param>
    /// <param name="isNew">It knows that it has stored nothing yet.</param>
    public static async Task<Recorder> StartAsync(IActorSystemProvider provider, string id, bool isNew = false)
    {
        var system = await provider.GetAsync(CancellationToken.None);
        return new Recorder(system.ActorOf(Props.Create(() => new Actor(id, isNew))));
    }

    public Task RecordAsync(params IJobEvent[] facts) => actor.Ask<Done>(facts, Patience);

    /// <summary>What the journal had of it when it began.</summary>
    public Task<List<IJobEvent>> RecoveredAsync() => actor.Ask<List<IJobEvent>>("recovered", Patience);

    /// <summary>The number of the last fact that it knows to be stored.</summary>
    public Task<long> LastAsync() => actor.Ask<long>("last", Patience);

    private sealed record Done;

    private sealed class Actor : UntypedPersistentActor
    {
        private readonly List<IJobEvent> _recovered = [];

        private readonly bool _isNew;

        public Actor(string id, bool isNew) =>
            (PersistenceId, _isNew, JournalPluginId, SnapshotPluginId) = (id, isNew, JournalPlugin.Journal, "akka.persistence.no-snapshot-store");

        public override string PersistenceId { get; }

        public override Recovery Recovery => _isNew ? Recovery.None : Recovery.Default;

        protected override void OnRecover(object message)
        {
            if (message is IJobEvent fact)
                _recovered.Add(fact);
        }

        protected override void OnCommand(object message)
        {
            var asker = Sender;
            if (message is IJobEvent[] facts)
                PersistAll(facts, fact =>
                {
                    if (ReferenceEquals(fact, facts[^1]))
                        asker.Tell(new Done());
                });
            else
                asker.Tell(message is "last" ? LastSequenceNr : _recovered);
        }
    }
}

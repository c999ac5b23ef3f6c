using Akka.Actor;
using Akka.Persistence;

namespace TransferEngine.Persistence.Tests;

/// <summary>A persistent actor on the engine's journal: stores what it is told, and tells what it recovered.</summary>
internal sealed class Recorder(IActorRef actor)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<Recorder> StartAsync(IActorSystemProvider provider, string id)
    {
        var system = await provider.GetAsync(CancellationToken.None);
        return new Recorder(system.ActorOf(Props.Create(() => new Actor(id))));
    }

    public Task RecordAsync(params IJobEvent[] facts) => actor.Ask<Done>(facts, Patience);

    /// <summary>What the journal had of it when it began.</summary>
    public Task<List<IJobEvent>> RecoveredAsync() => actor.Ask<List<IJobEvent>>("recovered", Patience);

    private sealed record Done;

    private sealed class Actor : UntypedPersistentActor
    {
        private readonly List<IJobEvent> _recovered = [];

        public Actor(string id) => (PersistenceId, JournalPluginId, SnapshotPluginId) = (id, JournalPlugin.Journal, "akka.persistence.no-snapshot-store");

        public override string PersistenceId { get; }

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
                asker.Tell(_recovered);
        }
    }
}

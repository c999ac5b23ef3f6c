using TransferEngine.Actors.TestKit;

namespace TransferEngine.Actors.Tests.Persistence;

public sealed class InMemoryEventJournalTests : EventJournalConformance
{
    protected override IEventJournal Open() => new InMemoryEventJournal();
}

using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Persistence.Journal;

namespace TransferEngine.Tests.Running;

/// <summary>A journal in memory that takes so many events of one actor, and then no more of it, or none for so many tries.</summary>
public sealed class FailingJournal : MemoryJournal
{
    private readonly string _id = Context.System.Settings.Config.GetString("failing.id");
    private readonly bool _failsReads = Context.System.Settings.Config.GetBoolean("failing.reads");
    private int _events = Context.System.Settings.Config.GetInt("failing.events");
    private int _failures = Context.System.Settings.Config.GetInt("failing.failures");

    /// <summary>A system's configuration.</summary>
    internal static Config Of(string id, int events, int failures = int.MaxValue, bool failsReads = false) => ConfigurationFactory
        .ParseString($$"""failing { id = "{{id}}", events = {{events}}, failures = {{failures}}, reads = {{(failsReads ? "true" : "false")}} }""")
        .WithFallback(EngineSpec.WithJournal($"{typeof(FailingJournal).FullName}, {typeof(FailingJournal).Assembly.GetName().Name}"));

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToList();
        return writes.Exists(IsRefused) ? Task.FromException<IImmutableList<Exception>>(new IOException("No space left on device")) : base.WriteMessagesAsync(writes, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        _failsReads && persistenceId == _id ? Task.FromException<long>(new IOException("Input/output error")) : base.ReadHighestSequenceNrAsync(persistenceId, fromSequenceNr, cancellationToken);

    private bool IsRefused(AtomicWrite write) =>
        write.PersistenceId == _id && (_events -= ((IImmutableList<IPersistentRepresentation>)write.Payload).Count) < 0 && --_failures >= 0;
}

using System.Text;

namespace TransferEngine.Actors.Tests.Persistence;

/// <summary>The base of the specs of persistent actors: a journal that a spec can hold up, and an actor that takes scripts.</summary>
public abstract class PersistenceSpec : KernelSpec
{
    protected PersistenceSpec()
        : this(new HookedJournal(), new ActorSystemSettings())
    {
    }

    protected PersistenceSpec(ActorSystemSettings settings)
        : this(new HookedJournal(), settings)
    {
    }

    private PersistenceSpec(HookedJournal journal, ActorSystemSettings settings)
        : base(settings with { Journal = journal, Serializer = new TextSerializer() }) => Journal = journal;

    protected HookedJournal Journal { get; }

    protected IActorRef Start(string id = "p") => Sys.ActorOf(Props.Create(() => new Scripted(id, TestActor)));

    protected static void Run(IActorRef actor, Action<Scripted> script, IActorRef? sender = null) => actor.Tell(script, sender);

    protected void Expect(params string[] messages) => Assert.All(messages, message => ExpectMsg(message));

    protected static JournalRecord Record(string id, long number, string text) =>
        new(id, number, "text", Encoding.UTF8.GetBytes(text), default);

    protected List<string> Stored(string id = "p") =>
        [.. Journal.ReadStored(id).Select(record => Encoding.UTF8.GetString(record.Payload.Span))];
}

/// <summary>Does what it is told, and tells its listener what happens to it.</summary>
public sealed class Scripted(string id, IActorRef listener) : UntypedPersistentActor
{
    public override string PersistenceId => id;

    public IActorRef From => Sender;

    public void Say(string text) => listener.Tell(text, Self);

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Ping:
                Sender.Tell(message);
                break;
            case Fail failure:
                throw failure.Cause;
            case Action<Scripted> script:
                script(this);
                break;
            default:
                Say($"command {message}");
                break;
        }
    }

    protected override void OnRecover(object message)
    {
        if (message is "poison")
            throw new InvalidOperationException("can't apply");
        Say(message is RecoveryCompleted ? $"completed at {LastSequenceNr}" : $"recovered {message}");
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Say($"failed {@event} {sequenceNr}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Say($"rejected {@event} {sequenceNr}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Say($"recovery failed: {reason.GetType().Name}");

    protected override void PostStop() => Say("stopped");
}

/// <summary>Text as UTF-8; <c>unserializable</c> is refused.</summary>
public sealed class TextSerializer : IEventSerializer
{
    public string Manifest(object value) => "text";

    public byte[] Serialize(object value) =>
        value is "unserializable" ? throw new NotSupportedException("no") : Encoding.UTF8.GetBytes((string)value);

    public object Deserialize(string manifest, ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);
}

/// <summary>A journal in memory whose calls a spec can delay or fail.</summary>
public sealed class HookedJournal : IEventJournal
{
    private readonly InMemoryEventJournal _stored = new();
    private int _appends;

    public int Appends => Volatile.Read(ref _appends);

    public int LargestWindow { get; private set; }

    public Func<IReadOnlyList<JournalRecord>, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    public Func<string, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    public async Task AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _appends);
        await BeforeAppend(records);
        await _stored.AppendAsync(records, cancellationToken);
    }

    public async Task<IReadOnlyList<JournalRecord>> ReadAsync(string persistenceId, long fromSequenceNr, int max, CancellationToken cancellationToken)
    {
        await BeforeRead(persistenceId);
        var records = await _stored.ReadAsync(persistenceId, fromSequenceNr, max, cancellationToken);
        LargestWindow = Math.Max(LargestWindow, records.Count);
        return records;
    }

    public async Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken)
    {
        await BeforeRead(persistenceId);
        return await _stored.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);
    }

    public Task DeleteAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        _stored.DeleteAsync(persistenceId, toSequenceNr, cancellationToken);

    public IReadOnlyList<JournalRecord> ReadStored(string id) => _stored.ReadAsync(id, 1, int.MaxValue, CancellationToken.None).Result;

    public void Store(IReadOnlyList<JournalRecord> records) => _stored.AppendAsync(records, CancellationToken.None).Wait();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

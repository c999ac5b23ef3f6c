namespace TransferEngine.Actors;

/// <summary>
/// A tree of actors in this process. All that is in it ends with <see cref="Terminate"/>, children before parents.
/// </summary>
public sealed class ActorSystem : IActorRefFactory, IAsyncDisposable
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LocalActorRef _guardian;
    private long _uid;

    private ActorSystem(string name, ActorSystemSettings settings)
    {
        Name = name;
        Settings = settings;
        var root = ActorPath.Root(name);
        DeadLetterOffice = new DeadLetterRef(root.Child("deadLetters", 0), EventStream);
        Permits = new SemaphoreSlim(settings.RecoveryPermits);
        Journal = settings.Journal ?? new InMemoryEventJournal();
        _guardian = new LocalActorRef(root.Child("user", 0), reference => new ActorCell(this, reference, Props.Create(() => new Guardian()), null));
        _guardian.TellSystem(new Create());
    }

    public string Name { get; }

    public ActorSystemSettings Settings { get; }

    public EventStream EventStream { get; } = new();

    public IActorRef DeadLetters => DeadLetterOffice;

    /// <summary>Completes when the last actor is gone.</summary>
    public Task WhenTerminated => _terminated.Task;

    internal DeadLetterRef DeadLetterOffice { get; }

    internal SemaphoreSlim Permits { get; }

    internal IEventJournal Journal { get; }

    internal PendingWrites Writes { get; } = new();

    internal TimeProvider Time => Settings.Time;

    public static ActorSystem Create(string name, ActorSystemSettings? settings = null) => new(name, settings ?? new ActorSystemSettings());

    public IActorRef ActorOf(Props props, string? name = null) => _guardian.Cell.ActorOf(props, name);

    /// <summary>Stops an actor after the message that it handles now; the rest of its mail becomes dead letters.</summary>
    public void Stop(IActorRef actor) => _guardian.Cell.Stop(actor);

    public Task Terminate()
    {
        _guardian.TellSystem(new Terminate());
        return WhenTerminated;
    }

    public async ValueTask DisposeAsync() => await Terminate();

    internal long NextUid() => Interlocked.Increment(ref _uid);

    internal void OnTerminated() => _terminated.TrySetResult();

    /// <summary>The parent of all actors that are started from outside.</summary>
    private sealed class Guardian : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}

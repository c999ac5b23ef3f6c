namespace TransferEngine.Actors;

/// <summary>Messages put aside for later.</summary>
public interface IStash
{
    /// <summary>Puts the message being handled aside.</summary>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    /// <exception cref="IllegalActorStateException">The same message was put aside already.</exception>
    void Stash();

    /// <summary>Has the oldest delivered next.</summary>
    void Unstash();

    /// <summary>Has all delivered next, in the order in which they came.</summary>
    void UnstashAll();
}

/// <summary>An actor that can put messages aside: the kernel sets <see cref="IActorStash.Stash"/> before it starts.</summary>
public interface IWithUnboundedStash : IActorStash;

/// <summary>Where the kernel puts an actor's stash.</summary>
public interface IActorStash
{
    IStash Stash { get; set; }
}

internal sealed class ActorStash(ActorCell cell, int capacity) : IStash
{
    private readonly LinkedList<Envelope> _messages = new();
    private long _lastNumber;

    public void Stash()
    {
        var envelope = cell.CurrentEnvelope;
        if (_lastNumber == cell.CurrentNumber)
            throw new IllegalActorStateException($"The message {envelope.Message} is in the stash already.");
        if (_messages.Count >= capacity)
            throw new StashOverflowException($"The stash of [{cell.Self.Path}] holds {capacity} messages, which is all it may.");
        _messages.AddLast(envelope);
        _lastNumber = cell.CurrentNumber;
    }

    public void Unstash()
    {
        if (_messages.First is not { } first)
            return;
        _messages.RemoveFirst();
        cell.Prepend([first.Value]);
    }

    public void UnstashAll()
    {
        if (_messages.Count == 0)
            return;
        cell.Prepend(_messages);
        _messages.Clear();
    }
}

internal sealed partial class ActorCell
{
    private ActorStash? _stash;

    public ActorStash Stash => _stash ??= new ActorStash(this, System.Settings.StashCapacity);
}

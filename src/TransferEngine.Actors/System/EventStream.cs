using System.Collections.Immutable;

namespace TransferEngine.Actors;

/// <summary>What the system has to say: dead letters, unhandled messages, failures. Subscribers get all that is of their class.</summary>
public sealed class EventStream
{
    private ImmutableArray<(IActorRef Subscriber, Type Class)> _subscriptions = [];

    internal EventStream()
    {
    }

    public bool Subscribe(IActorRef subscriber, Type channel) =>
        ImmutableInterlocked.Update(ref _subscriptions, old => old.Contains((subscriber, channel)) ? old : old.Add((subscriber, channel)));

    public bool Unsubscribe(IActorRef subscriber) =>
        ImmutableInterlocked.Update(ref _subscriptions, old => old.RemoveAll(subscription => subscription.Subscriber.Equals(subscriber)));

    public void Publish(object @event)
    {
        foreach (var (subscriber, channel) in _subscriptions)
        {
            if (channel.IsInstanceOfType(@event))
                subscriber.Tell(@event, ActorRefs.NoSender);
        }
    }
}

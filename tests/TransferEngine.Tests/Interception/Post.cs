using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using TransferEngine.Tests.Running;

namespace TransferEngine.Tests.Interception;

/// <summary>Carries every message of an actor system to its actor's mailbox, or does not.</summary>
public interface IPost
{
    /// <summary>A line to one actor, made with the actor. Given a message, it says what arrives in place of it.</summary>
    Func<Envelope, IReadOnlyList<Envelope>> LineTo(IActorRef actor);
}

/// <summary>Hands an actor system its post.</summary>
public sealed class PostSetup(IPost post) : Setup
{
    public IPost Post { get; } = post;

    /// <summary>A system's configuration: all its actors have the post's mailboxes, persistent ones too.</summary>
    internal static ActorSystemSetup Of(IPost post)
    {
        var mailbox = $"{typeof(PostMailbox).FullName}, {typeof(PostMailbox).Assembly.GetName().Name}";
        var config = ConfigurationFactory.ParseString($$"""
            akka.actor.default-mailbox.mailbox-type = "{{mailbox}}"
            akka.actor.mailbox.unbounded-deque-based.mailbox-type = "{{mailbox}}"
            """);
        return ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config.WithFallback(EngineSpec.Settings)), new PostSetup(post));
    }
}

/// <summary>A mailbox at the end of a line of the post's. Made by the actor system, by name.</summary>
public sealed class PostMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<PostMailbox.Queue>
{
    private readonly IPost? _post = settings.Setup.Get<PostSetup>() is { HasValue: true } setup ? setup.Value.Post : null;

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new Queue(owner is null ? null : _post?.LineTo(owner));

    /// <summary>The messages that have arrived.</summary>
    public sealed class Queue(Func<Envelope, IReadOnlyList<Envelope>>? line) : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
    {
        private readonly UnboundedDequeMessageQueue _arrived = new();

        public bool HasMessages => _arrived.HasMessages;

        public int Count => _arrived.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (line is null)
            {
                _arrived.Enqueue(receiver, envelope);
                return;
            }
            foreach (var arriving in line(envelope))
                _arrived.Enqueue(receiver, arriving);
        }

        public void EnqueueFirst(Envelope envelope) => _arrived.EnqueueFirst(envelope);

        public bool TryDequeue(out Envelope envelope) => _arrived.TryDequeue(out envelope);

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _arrived.CleanUp(owner, deadletters);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit.Sdk;

namespace TransferEngine.Actors.TestKit;

/// <summary>An actor's ear: everything it is told waits in a queue until the spec asks for it.</summary>
public abstract class TestKitBase
{
    // Only what never comes is found by it: on a busy machine all else may take its time.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    private readonly BlockingCollection<(object Message, IActorRef? Sender)> _queue = [];

    protected TestKitBase(ActorSystem sys)
    {
        Sys = sys;
        var queue = _queue;
        TestActor = sys.ActorOf(Props.Create(() => new QueueActor(queue)));
    }

    public ActorSystem Sys { get; }

    public IActorRef TestActor { get; }

    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    public object? ReceiveOne(TimeSpan? max = null)
    {
        if (!_queue.TryTake(out var received, max ?? DefaultTimeout))
            return null;
        LastSender = received.Sender ?? ActorRefs.Nobody;
        return received.Message;
    }

    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null)
    {
        var message = ReceiveOne(duration);
        return message is T expected ? expected
            : throw new XunitException($"Expected a {typeof(T).Name}, got {(message is null ? "nothing in time" : message)}. {hint}");
    }

    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null)
    {
        var received = ExpectMsg<T>(timeout, hint);
        return Equals(received, message) ? received : throw new XunitException($"Expected {message}, got {received}. {hint}");
    }

    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null)
    {
        var received = ExpectMsg<T>(timeout, hint);
        return isMessage(received) ? received : throw new XunitException($"Got {received}, which is not what was expected. {hint}");
    }

    public void ExpectNoMsg(TimeSpan duration)
    {
        if (ReceiveOne(duration) is { } message)
            throw new XunitException($"Expected no message, got {message}.");
    }

    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null, string? hint = null) =>
        ExpectMsg<Terminated>(terminated => terminated.ActorRef.Equals(target), timeout, hint);

    /// <summary>Passes over messages until one is what the spec looks for.</summary>
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null)
    {
        var clock = Stopwatch.StartNew();
        var limit = max ?? DefaultTimeout;
        while (limit - clock.Elapsed is var left && left > TimeSpan.Zero)
        {
            if (ReceiveOne(left) is T message && isMessage(message))
                return message;
        }
        throw new XunitException($"No fitting {typeof(T).Name} came in time.");
    }

    /// <summary>Tries the assertion again and again until it holds, at most for <paramref name="duration"/>.</summary>
    public void AwaitAssert(Action assertion, TimeSpan? duration = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                assertion();
                return;
            }
            catch (XunitException) when (clock.Elapsed < (duration ?? DefaultTimeout))
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>The watch is set when this returns: what ends afterwards is noticed.</summary>
    public IActorRef Watch(IActorRef subject) => Do(subject, context => context.Watch(subject));

    public IActorRef Unwatch(IActorRef subject) => Do(subject, context => context.Unwatch(subject));

    private IActorRef Do(IActorRef subject, Action<IActorContext> step)
    {
        var done = new TaskCompletionSource();
        TestActor.Tell(new QueueActor.Step(step, done), TestActor);
        return done.Task.Wait(DefaultTimeout) ? subject : throw new XunitException("The test actor does not answer.");
    }

    private sealed class QueueActor(BlockingCollection<(object, IActorRef?)> queue) : UntypedActor
    {
        internal sealed record Step(Action<IActorContext> Action, TaskCompletionSource Done);

        protected override void OnReceive(object message)
        {
            if (message is Step step)
            {
                step.Action(Context);
                step.Done.SetResult();
                return;
            }
            queue.Add((message, Context.Sender));
        }
    }
}

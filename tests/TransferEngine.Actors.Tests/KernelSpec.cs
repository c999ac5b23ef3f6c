using TransferEngine.Actors.TestKit;

namespace TransferEngine.Actors.Tests;

/// <summary>The base of the kernel's specs: a system whose time stands still until a spec moves it.</summary>
public abstract class KernelSpec : TestKit.TestKit
{
    protected static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    protected KernelSpec()
        : this(new ActorSystemSettings(), new ManualTimeProvider())
    {
    }

    protected KernelSpec(ActorSystemSettings settings)
        : this(settings, new ManualTimeProvider())
    {
    }

    private KernelSpec(ActorSystemSettings settings, ManualTimeProvider time)
        : base(settings with { Time = time }) => Time = time;

    protected ManualTimeProvider Time { get; }

    /// <summary>An actor that does what the spec says in line.</summary>
    protected IActorRef Act(Action<object, IUntypedActorContext> onReceive, string? name = null) =>
        Sys.ActorOf(Props.Create(() => new Inline(onReceive)), name);

    /// <summary>Has all of its earlier mail handled when it returns.</summary>
    protected void Drain(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Ping(), probe.Ref);
        probe.ExpectMsg<Ping>();
    }

    protected TestProbe Listen<T>()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(T));
        return probe;
    }
}

/// <summary>Answered with itself by the specs' actors.</summary>
public sealed record Ping : INotInfluenceReceiveTimeout;

/// <summary>Makes the specs' actors throw.</summary>
public sealed record Fail(Exception Cause)
{
    public Fail(string message)
        : this(new InvalidOperationException(message))
    {
    }
}

public sealed class Inline(Action<object, IUntypedActorContext> onReceive) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is Ping)
            Sender.Tell(message);
        else
            onReceive(message, Context);
    }
}

/// <summary>Tells a listener about every step of its life.</summary>
public class Recorder : UntypedActor
{
    private readonly IActorRef _listener;
    private readonly string _name;

    public Recorder(IActorRef listener, string name = "it")
    {
        (_listener, _name) = (listener, name);
        Tell("new");
    }

    protected override void PreStart() => Tell("PreStart");

    protected override void PostStop() => Tell("PostStop");

    protected override void PreRestart(Exception reason, object? message)
    {
        Tell($"PreRestart {(message as Fail)?.Cause.Message}");
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Tell("PostRestart");
        base.PostRestart(reason);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ping:
                Sender.Tell(message);
                break;
            case Fail failure:
                throw failure.Cause;
            case Props props:
                Sender.Tell(Context.ActorOf(props));
                break;
            default:
                Tell(message);
                break;
        }
    }

    private void Tell(object step) => _listener.Tell(step is string text ? $"{_name}: {text}" : step, Self);
}

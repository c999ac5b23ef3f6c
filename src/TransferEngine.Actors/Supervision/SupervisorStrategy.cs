namespace TransferEngine.Actors;

/// <summary>What a supervisor does with a failed child.</summary>
public enum Directive
{
    /// <summary>A new instance under the same reference; the mailbox stays, the failing message is gone.</summary>
    Restart = 1,

    /// <summary>Fail in turn.</summary>
    Escalate = 2,

    Stop = 3,
}

/// <summary>Decides over failed children.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Restart; stop on failed initialization, kill and death pact.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    internal abstract Directive Decide(Exception cause, RestartStatistics child, TimeProvider time);

    private static Directive DefaultDecider(Exception exception) =>
        exception is ActorInitializationException or ActorKilledException or DeathPactException ? Directive.Stop : Directive.Restart;
}

/// <summary>
/// Decides over the failed child alone. A child that needs more restarts than allowed within the window is stopped.
/// </summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    private readonly int _maxRetries;
    private readonly TimeSpan _window;
    private readonly Func<Exception, Directive> _decider;

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(null, null, localOnlyDecider)
    {
    }

    /// <param name="maxNrOfRetries">Restarts allowed; null or negative for any number.</param>
    /// <param name="withinTimeRange">The window they are counted in; null for all time.</param>
    /// <param name="localOnlyDecider">What to do about which exception.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
    {
        _maxRetries = maxNrOfRetries is >= 0 and { } retries ? retries : int.MaxValue;
        _window = withinTimeRange is { } window && window > TimeSpan.Zero ? window : Timeout.InfiniteTimeSpan;
        _decider = localOnlyDecider;
    }

    internal override Directive Decide(Exception cause, RestartStatistics child, TimeProvider time)
    {
        var directive = _decider(cause);
        return directive == Directive.Restart && !child.RequestRestart(_maxRetries, _window, time) ? Directive.Stop : directive;
    }
}

/// <summary>How often a child was restarted within the current window.</summary>
internal sealed class RestartStatistics
{
    private int _restarts;
    private long _windowStart;

    public bool RequestRestart(int maxRetries, TimeSpan window, TimeProvider time)
    {
        if (window != Timeout.InfiniteTimeSpan && (_restarts == 0 || time.GetElapsedTime(_windowStart) > window))
        {
            _restarts = 0;
            _windowStart = time.GetTimestamp();
        }
        return ++_restarts <= maxRetries;
    }
}

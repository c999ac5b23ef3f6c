using TransferEngine.Running;

namespace TransferEngine.Migrations;

/// <summary>
/// The parent of all jobs of one actor system. A job's supervisor that fails is stopped, not started again: whoever waits for its outcome is told
/// when it goes, and the same command goes on from the journal.
/// </summary>
internal sealed class JobHost : UntypedActor
{
    /// <summary>Run the job of this name, whose runtime is there (<see cref="JobRuntimes"/>).</summary>
    public sealed record StartJob(string Job);

    /// <summary>Hand this to the job's supervisor, if there is one still.</summary>
    public sealed record TellJob(string Job, object Message);

    private sealed record JobEnded(string Job, IActorRef Supervisor);

    private readonly Dictionary<string, IActorRef> _supervisors = new(StringComparer.Ordinal);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartJob start:
                var supervisor = Context.ActorOf(ActorProps.Of(() => new MigrationSupervisor(start.Job)));
                Context.WatchWith(supervisor, new JobEnded(start.Job, supervisor));
                _supervisors[start.Job] = supervisor;
                break;
            case TellJob tell:
                if (_supervisors.TryGetValue(tell.Job, out var running))
                    running.Tell(tell.Message);
                break;
            case JobEnded ended:
                // A later run of the same job may have begun.
                if (_supervisors.TryGetValue(ended.Job, out var last) && last.Equals(ended.Supervisor))
                    _supervisors.Remove(ended.Job);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}

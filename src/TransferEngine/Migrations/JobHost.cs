using TransferEngine.Images;
using TransferEngine.Running;

namespace TransferEngine.Migrations;

/// <summary>
/// The parent of all jobs of one actor system. A job's supervisor that fails is stopped, not started again: whoever waits for its outcome is told
/// when it goes, and the same command goes on from the journal. The other jobs never notice.
/// </summary>
internal sealed class JobHost : UntypedActor
{
    /// <summary>Run the job of this name, whose runtime is there (<see cref="JobRuntimes"/>).</summary>
    public sealed record StartJob(string Job);

    /// <summary>Hand this to the job's supervisor, if there is one still.</summary>
    public sealed record TellJob(string Job, object Message);

    /// <summary>How many jobs are at work? The answer is a <see cref="JobCount"/>.</summary>
    public sealed record CountJobs
    {
        public static CountJobs Instance { get; } = new();
    }

    public sealed record JobCount(int Jobs);

    private sealed record JobEnded(string Job, IActorRef Supervisor);

    private sealed class RunningJob(IActorRef supervisor, JobRuntime runtime)
    {
        public IActorRef Supervisor { get; } = supervisor;

        public JobRuntime Runtime { get; } = runtime;

        public Exception? Failure { get; set; }
    }

    private readonly JobRuntimes _runtimes = JobRuntimes.Of(Context.System);
    private readonly Dictionary<string, RunningJob> _jobs = new(StringComparer.Ordinal);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        var failing = Sender;
        if (_jobs.Values.FirstOrDefault(job => failing.Equals(job.Supervisor)) is { } job)
        {
            job.Failure = exception;
            job.Runtime.NoteFailure(failing, exception);
        }
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartJob start:
                Start(start.Job);
                break;
            case TellJob tell:
                if (_jobs.TryGetValue(tell.Job, out var running))
                    running.Supervisor.Tell(tell.Message);
                break;
            case CountJobs:
                Sender.Tell(new JobCount(_runtimes.Count));
                break;
            case JobEnded ended:
                OnJobEnded(ended);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // All supervisors have stopped by now, and most could not say why: with the actor system, or with this actor.
    protected override void PostStop()
    {
        foreach (var job in _jobs.Values)
            job.Runtime.End(isInterrupted: false, JobRuntimes.SystemEnded);
        base.PostStop();
    }

    private void Start(string name)
    {
        if (_runtimes.Find(name) is not { } runtime)
            return;
        var supervisor = Context.ActorOf(ActorProps.Of(() => new MigrationSupervisor(name)));
        Context.WatchWith(supervisor, new JobEnded(name, supervisor));
        _jobs[name] = new RunningJob(supervisor, runtime);
    }

    // A later run of the same job may have begun.
    private void OnJobEnded(JobEnded ended)
    {
        if (!_jobs.TryGetValue(ended.Job, out var job) || !job.Supervisor.Equals(ended.Supervisor))
            return;
        _jobs.Remove(ended.Job);
        var why = job.Failure is { } failure ? $"The job's supervisor failed: {Caught.ErrorOf(failure).Message}" : "The job's supervisor was stopped.";
        job.Runtime.End(isInterrupted: false, new TransferError(ErrorCode.Internal, why)
        { Scope = ErrorScope.Endpoint, Hint = "Run the same job again: it goes on from its journal." });
    }
}

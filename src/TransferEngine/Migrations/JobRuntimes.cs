using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Running;

namespace TransferEngine.Migrations;

/// <summary>
/// The jobs at work in one actor system of this process, by name. Messages and Props name the job; whoever gets them finds here what is live of it.
/// </summary>
internal sealed class JobRuntimes : IExtension
{
    private readonly Lazy<IActorRef> _host;
    private readonly ConcurrentDictionary<string, JobRuntime> _jobs = new(StringComparer.Ordinal);

    private JobRuntimes(ExtendedActorSystem system) => _host = new Lazy<IActorRef>(() => StartHost(system));

    /// <summary>Why no job can run any more.</summary>
    public static TransferError SystemEnded { get; } = new(ErrorCode.Interrupted, "The actor system in which jobs run has ended.")
    { Scope = ErrorScope.Endpoint, Hint = "Run the same job again: it goes on from its journal." };

    /// <summary>The parent of all jobs.</summary>
    /// <exception cref="TransferException">The actor system has ended.</exception>
    public IActorRef Host => _host.Value;

    public static JobRuntimes Of(ActorSystem system) => system.WithExtension<JobRuntimes, Provider>();

    /// <exception cref="InvalidOperationException">The job does not run here: whoever sent its name does not know that it has ended.</exception>
    public JobRuntime this[string job] => Find(job) ?? throw new InvalidOperationException($"The job {job} does not run here.");

    /// <summary>How many jobs are at work.</summary>
    public int Count => _jobs.Count;

    public JobRuntime? Find(string job) => _jobs.GetValueOrDefault(job);

    /// <summary>Takes a job in, until the answer is disposed of.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/>: a job of that name is at work already.</exception>
    public IDisposable Add(JobRuntime runtime)
    {
        if (_jobs.TryAdd(runtime.Job.Name, runtime))
            return new Entry(_jobs, runtime);
        throw new TransferException(new TransferError(ErrorCode.JobBusy, $"The job {runtime.Name} is being run by this process already.")
        { Scope = ErrorScope.Endpoint, Hint = "Wait for that run to end, or give this one another name." });
    }

    private static IActorRef StartHost(ExtendedActorSystem system)
    {
        try
        {
            // Not one of its children: those are jobs.
            system.ActorOf(ActorProps.Of(() => new JournalWarmUp()), "transfer-journal-warm-up");
            return system.ActorOf(ActorProps.Of(() => new JobHost()), "transfer-jobs");
        }
        catch (InvalidOperationException e)
        {
            throw new TransferException(SystemEnded, e);
        }
    }

    private sealed class Entry(ConcurrentDictionary<string, JobRuntime> jobs, JobRuntime runtime) : IDisposable
    {
        public void Dispose() => jobs.TryRemove(KeyValuePair.Create(runtime.Job.Name, runtime));
    }

    private sealed class Provider : ExtensionIdProvider<JobRuntimes>
    {
        public override JobRuntimes CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

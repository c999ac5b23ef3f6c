using System.Collections.Concurrent;
using TransferEngine.Running;

namespace TransferEngine.Migrations;

/// <summary>
/// The jobs at work in one actor system of this process, by name. Messages and Props name the job; whoever gets them finds here what is live of it.
/// </summary>
internal sealed class JobRuntimes : IExtension
{
    private readonly Lazy<IActorRef> _host;
    private readonly ConcurrentDictionary<string, JobRuntime> _jobs = new(StringComparer.Ordinal);

    private JobRuntimes(ExtendedActorSystem system) => _host = new Lazy<IActorRef>(() => system.ActorOf(ActorProps.Of(() => new JobHost()), "transfer-jobs"));

    /// <summary>The parent of all jobs.</summary>
    public IActorRef Host => _host.Value;

    public static JobRuntimes Of(ActorSystem system) => system.WithExtension<JobRuntimes, Provider>();

    /// <exception cref="InvalidOperationException">The job does not run here: whoever sent its name does not know that it has ended.</exception>
    public JobRuntime this[string job] => _jobs.TryGetValue(job, out var runtime) ? runtime : throw new InvalidOperationException($"The job {job} does not run here.");

    /// <exception cref="InvalidOperationException">A job of that name is at work already.</exception>
    public void Add(JobRuntime runtime)
    {
        if (!_jobs.TryAdd(runtime.Job.Name, runtime))
            throw new InvalidOperationException($"The job {runtime.Job.Name} runs here already.");
    }

    public void Remove(JobRuntime runtime) => _jobs.TryRemove(KeyValuePair.Create(runtime.Job.Name, runtime));

    private sealed class Provider : ExtensionIdProvider<JobRuntimes>
    {
        public override JobRuntimes CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

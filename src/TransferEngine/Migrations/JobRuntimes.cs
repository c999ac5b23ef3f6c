using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace TransferEngine.Migrations;

/// <summary>
/// The jobs at work in one actor system of this process, by name. Messages and Props name the job; whoever gets them finds here what is live of it.
/// </summary>
internal sealed class JobRuntimes
{
    private static readonly ConditionalWeakTable<ActorSystem, JobRuntimes> Systems = [];

    private readonly ConcurrentDictionary<string, JobRuntime> _jobs = new(StringComparer.Ordinal);

    public static JobRuntimes Of(ActorSystem system) => Systems.GetOrCreateValue(system);

    /// <exception cref="InvalidOperationException">The job does not run here: whoever sent its name does not know that it has ended.</exception>
    public JobRuntime this[string job] => _jobs.TryGetValue(job, out var runtime) ? runtime : throw new InvalidOperationException($"The job {job} does not run here.");

    /// <exception cref="InvalidOperationException">A job of that name is at work already.</exception>
    public void Add(JobRuntime runtime)
    {
        if (!_jobs.TryAdd(runtime.Job.Name, runtime))
            throw new InvalidOperationException($"The job {runtime.Job.Name} runs here already.");
    }

    public void Remove(JobRuntime runtime) => _jobs.TryRemove(KeyValuePair.Create(runtime.Job.Name, runtime));
}

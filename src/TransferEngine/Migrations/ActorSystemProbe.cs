using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine;

/// <summary>Whether the actor system in which jobs run is there and answers.</summary>
public static class ActorSystemProbe
{
    /// <summary>Asks the parent of all jobs. Never starts an actor system.</summary>
    /// <param name="systems">Where jobs run.</param>
    /// <param name="cancellationToken">How long to wait: a system that is overwhelmed answers late, one that is about to end never does.</param>
    /// <returns>How many jobs are at work; null if none has begun yet.</returns>
    /// <exception cref="TransferException">The actor system has ended.</exception>
    public static async Task<int?> RunAsync(IActorSystemProvider systems, CancellationToken cancellationToken)
    {
        if (systems.Current is not { } system)
            return null;
        if (system.WhenTerminated.IsCompleted)
            throw new TransferException(JobRuntimes.SystemEnded);
        var answer = await JobRuntimes.Of(system).Host.Ask<JobHost.JobCount>(JobHost.CountJobs.Instance, Timeout.InfiniteTimeSpan, cancellationToken);
        return answer.Jobs;
    }
}

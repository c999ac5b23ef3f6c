using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// Starts the actor system of one job on that job's journal. One implementation per actor runtime; everything
/// that differs between the runtimes is behind it.
/// </summary>
public interface IActorSystemFactory
{
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.JobBusy"/> if another process runs the job, <see cref="ErrorCode.JournalFailed"/> if its journal can't be opened.
    /// </exception>
    ValueTask<JobActorSystem> OpenAsync(string job, bool restart, CancellationToken cancellationToken);
}

/// <summary>A started actor system and what must be closed after it. Disposing terminates the system first.</summary>
public sealed class JobActorSystem(ActorSystem system, Func<ValueTask> close) : IAsyncDisposable
{
    public ActorSystem System { get; } = system;

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        await close();
    }
}

/// <summary>The jobs whose state is kept on this machine.</summary>
public interface IJobStore
{
    IReadOnlyList<string> List();

    /// <exception cref="TransferException"><see cref="ErrorCode.JobUnknown"/> or <see cref="ErrorCode.JournalFailed"/>.</exception>
    Task<JobStatus> ReadAsync(string job, CancellationToken cancellationToken);
}

/// <summary>What a job's journal tells, whether the job is running or not.</summary>
public sealed record JobStatus
{
    public required string Job { get; init; }

    public string Source { get; init; } = "";

    public string Target { get; init; } = "";

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? LastEventAt { get; init; }

    public bool IsFinished { get; init; }

    public long RepositoriesOpened { get; init; }

    public long RepositoriesCompleted { get; init; }

    public long TagsSet { get; init; }

    public long ManifestsPushed { get; init; }

    public long BlobsUploaded { get; init; }

    public long BytesUploaded { get; init; }

    public long ImagesFailed { get; init; }
}

using TransferEngine.Images;

namespace TransferEngine;

/// <summary>The jobs whose state is kept, and who runs them.</summary>
public interface IJobStore
{
    /// <summary>Their names, in order.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <exception cref="TransferException"><see cref="ErrorCode.JobUnknown"/> or <see cref="ErrorCode.JournalFailed"/>.</exception>
    Task<JobStatus> ReadAsync(string job, CancellationToken cancellationToken);

    /// <summary>Takes the job for a run. Nobody else can until the lease is disposed of, or its process has ended.</summary>
    /// <param name="job">Its name.</param>
    /// <param name="restart">Forget what earlier runs wrote.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/>: somebody runs it; <see cref="ErrorCode.JournalFailed"/>: its state can't be used.</exception>
    Task<IJobLease> OpenAsync(string job, bool restart, CancellationToken cancellationToken);

    /// <summary>Forgets a job.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JobUnknown"/>, <see cref="ErrorCode.JobBusy"/> or <see cref="ErrorCode.JournalFailed"/>.</exception>
    Task RemoveAsync(string job, CancellationToken cancellationToken);
}

/// <summary>A job that this process runs. Disposing lets others run it.</summary>
public interface IJobLease : IAsyncDisposable
{
    /// <summary>Fires when somebody else took the job, as this process could not renew its claim in time: the run has to end.</summary>
    CancellationToken Lost { get; }
}

/// <summary>Who runs a job.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Process">The process's number there.</param>
/// <param name="Since">When the run began.</param>
public sealed record JobRunner(string Host, int Process, DateTimeOffset Since);

/// <summary>What a job's journal tells, whether the job is running or not.</summary>
public sealed record JobStatus
{
    public required string Job { get; init; }

    public string Source { get; init; } = "";

    public string Target { get; init; } = "";

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? LastEventAt { get; init; }

    public bool IsFinished { get; init; }

    /// <summary>Who runs it; null for nobody.</summary>
    public JobRunner? RunningAt { get; init; }

    public long RepositoriesOpened { get; init; }

    public long RepositoriesCompleted { get; init; }

    public long TagsSet { get; init; }

    public long ManifestsPushed { get; init; }

    public long BlobsUploaded { get; init; }

    public long BytesUploaded { get; init; }

    public long ImagesFailed { get; init; }
}

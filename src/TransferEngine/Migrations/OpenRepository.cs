using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>One place in the supervisor's window: how the repository stands, over all reopenings.</summary>
internal sealed class OpenRepository(RepositoryName name, bool openedBefore)
{
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private int _failures;

    public RepositoryName Name { get; } = name;

    /// <summary>The target may hold parts of it, from an earlier run or an earlier opening.</summary>
    public bool OpenedBefore { get; set; } = openedBefore;

    /// <summary>Who works on it; null before it starts and between a failure and the reopening.</summary>
    public IActorRef? Actor { get; set; }

    public bool IsDone { get; set; }

    public TransferError? LastFailure { get; set; }

    /// <summary>Why it is gone.</summary>
    public TransferError Reason => LastFailure ?? new TransferError(ErrorCode.Internal, "The repository's work stopped unexpectedly.");

    public long Migrated { get; private set; }

    public long AlreadyThere { get; private set; }

    public long Skipped { get; private set; }

    public long Failed { get; private set; }

    /// <summary>What became of its images, as it is put on record.</summary>
    public RepositoryCompleted Completed => new(Name.ToString(), Migrated, AlreadyThere, Skipped, Failed);

    /// <summary>It failed once more: how long to wait before it is opened again, twice as long each time; null if it has had its tries.</summary>
    public TimeSpan? NextPause(EngineOptions options) =>
        _failures < options.RepositoryRetries ? options.RepositoryBackoff * Math.Pow(2, _failures++) : null;

    /// <summary>False if this image was reported before: a reopened repository meets its finished images again.</summary>
    public bool Count(ImageResult result)
    {
        if (!_reported.Add(result.Name))
            return false;
        _ = result.Outcome switch
        {
            ImageOutcome.Migrated => ++Migrated,
            ImageOutcome.AlreadyThere => ++AlreadyThere,
            ImageOutcome.Skipped => ++Skipped,
            _ => ++Failed,
        };
        return true;
    }
}

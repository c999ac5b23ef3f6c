namespace TransferEngine.Persistence;

/// <summary>
/// Folds a job's events, in the order in which they were stored, into its status. Facts that were stored twice count once
/// where that matters: repositories are counted by name, a repository's failures as of its last completion.
/// </summary>
public sealed class JobStatusProjection(string job)
{
    private readonly Dictionary<string, long?> _failuresOfRepositories = new(StringComparer.Ordinal);
    private JobStatus _status = new() { Job = job };

    /// <summary>The status after the events applied so far.</summary>
    public JobStatus Status => _status with
    {
        RepositoriesOpened = _failuresOfRepositories.Count,
        RepositoriesCompleted = _failuresOfRepositories.Values.Count(failures => failures is not null),
        ImagesFailed = _failuresOfRepositories.Values.Sum(failures => failures ?? 0),
    };

    /// <exception cref="ArgumentException">The event is of a kind unknown here.</exception>
    public void Apply(IJobEvent fact, DateTimeOffset created)
    {
        _status = fact switch
        {
            JobStarted started => _status with
            {
                Source = started.Source,
                Target = started.Target,
                StartedAt = _status.StartedAt ?? created,
                IsFinished = false,
            },
            JobFinished => _status with { IsFinished = true },
            BlobUploaded blob => _status with { BlobsUploaded = _status.BlobsUploaded + 1, BytesUploaded = _status.BytesUploaded + blob.Size },
            ManifestPushed => _status with { ManifestsPushed = _status.ManifestsPushed + 1 },
            TagSet => _status with { TagsSet = _status.TagsSet + 1 },
            RepositoryOpened opened => Open(opened.Repository),
            RepositoryCompleted completed => Complete(completed),
            _ => throw new ArgumentException($"{fact.GetType()} is no stored event.", nameof(fact)),
        };
        _status = _status with { LastEventAt = created };
    }

    private JobStatus Open(string repository)
    {
        _failuresOfRepositories.TryAdd(repository, null);
        return _status;
    }

    private JobStatus Complete(RepositoryCompleted completed)
    {
        _failuresOfRepositories[completed.Repository] = completed.Failed;
        return _status;
    }
}

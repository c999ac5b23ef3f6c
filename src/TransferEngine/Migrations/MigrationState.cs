using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>What earlier runs of the job left: what it was about, and which repositories the target may hold parts of.</summary>
internal sealed class MigrationState
{
    private readonly Dictionary<string, RepositoryCompleted?> _opened = new(StringComparer.Ordinal);
    private JobStarted? _started;
    private JobDefinition? _definition;

    /// <summary>True if an earlier run of this job had begun.</summary>
    public bool HasHistory => _started is not null;

    public bool WasOpened(RepositoryName repository) => _opened.ContainsKey(repository.ToString());

    /// <summary>What is put on record of a run that begins now. A job keeps the number of blob partitions of its first run.</summary>
    public JobStarted BeginningOf(JobRuntime runtime)
    {
        var job = runtime.Job;
        var partitions = _started is { } earlier ? earlier.BlobPartitions : runtime.Options.BlobPartitions;
        return new JobStarted(
            job.Source.Endpoint, job.Target.Endpoint, job.Mapping is { Rules.Count: > 0 } mapping ? [.. mapping.Rules] : null, job.Definition, partitions == 1 ? null : partitions);
    }

    /// <summary>Whether the last run that completed the repository said the same of it: a job that is run each day need not say it each day.</summary>
    public bool Has(RepositoryCompleted completed) => _opened.GetValueOrDefault(completed.Repository) == completed;

    /// <summary>The beginning of a run, without what is on record of it already.</summary>
    public JobStarted Shorten(JobStarted now) =>
        _definition is { } then && now.Definition is { } definition && JobDefinitionJson.Serialize(then) == JobDefinitionJson.Serialize(definition)
            ? now with { Definition = null } : now;

    /// <summary>
    /// Null if all that is on record is about this job's source, target and mapping. A fact about one target says nothing of another one:
    /// believed there, it would leave manifests without their blobs.
    /// </summary>
    public TransferError? FindDifference(JobStarted now)
    {
        if (_started is not { } then || Describe(then) == Describe(now))
            return null;
        return new TransferError(ErrorCode.JobDiffers, $"The journal of this job is about {Describe(then)}, not about {Describe(now)}.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Give this migration another name with --job, or forget the journal with --restart.",
        };
    }

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        switch (fact)
        {
            case JobStarted started:
                _started = started;
                _definition = started.Definition ?? _definition;
                break;
            case RepositoryOpened opened:
                _opened.TryAdd(opened.Repository, null);
                break;
            case RepositoryCompleted completed:
                _opened[completed.Repository] = completed;
                break;
            case JobFinished:
                break;
            default:
                throw new ArgumentException($"A migration does not know the event {fact.GetType().Name}.", nameof(fact));
        }
    }

    private static string Describe(JobStarted job) =>
        $"{job.Source} -> {job.Target}{(job.Mapping is { Count: > 0 } rules ? $" mapped by {string.Join(", ", rules)}" : "")}";
}

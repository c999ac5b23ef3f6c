using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>What earlier runs of the job left: which repositories the target may hold parts of.</summary>
internal sealed class MigrationState
{
    private readonly HashSet<string> _opened = new(StringComparer.Ordinal);

    /// <summary>True if an earlier run of this job had begun.</summary>
    public bool HasHistory { get; private set; }

    public bool WasOpened(RepositoryName repository) => _opened.Contains(repository.ToString());

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        switch (fact)
        {
            case JobStarted:
                HasHistory = true;
                break;
            case RepositoryOpened opened:
                _opened.Add(opened.Repository);
                break;
            case RepositoryCompleted or JobFinished:
                break;
            default:
                throw new ArgumentException($"A migration does not know the event {fact.GetType().Name}.", nameof(fact));
        }
    }
}

using TransferEngine.Images;

namespace TransferEngine.Blobs;

/// <summary>Where in the target a blob is: one repository to mount it from.</summary>
/// <param name="Repository">The target's repository.</param>
/// <param name="IsSure">This run has put or found it there; else the journal says so, or whoever made the job.</param>
/// <param name="WasThere">It was found.</param>
/// <param name="Length">Its bytes; null where nobody has told.</param>
internal readonly record struct BlobLocation(RepositoryName Repository, bool IsSure = false, bool WasThere = false, long? Length = null);

/// <summary>For each blob that the target has: where.</summary>
internal sealed class BlobDirectoryState
{
    private readonly BlobLocations _locations = new();

    /// <param name="known">What is known beforehand (<see cref="MigrationJob.KnownLocations"/>).</param>
    public BlobDirectoryState(IReadOnlyDictionary<Digest, RepositoryName> known)
    {
        foreach (var (digest, repository) in known)
            _locations[digest] = new BlobLocation(repository);
    }

    public BlobLocation? Find(Digest digest) => _locations[digest];

    /// <summary>What this run has seen stands before what was said.</summary>
    public void Locate(Digest digest, BlobLocation location)
    {
        if (_locations[digest] is not { IsSure: true })
            _locations[digest] = location;
    }

    public void Forget(Digest digest) => _locations[digest] = null;

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        if (fact is not BlobUploaded uploaded)
            throw new ArgumentException($"The blob directory does not know the event {fact.GetType().Name}.", nameof(fact));
        // The latest upload is the one to trust: an earlier place may have lost the blob, hence the second upload.
        _locations[Digest.Parse(uploaded.Digest)] = new BlobLocation(RepositoryName.Parse(uploaded.Repository), Length: uploaded.Size);
    }
}

using TransferEngine.Images;

namespace TransferEngine.Blobs;

/// <summary>Where in the target a blob is: one repository to mount it from.</summary>
/// <param name="Repository">The target's repository.</param>
/// <param name="IsSure">This run has put or found it there; else the journal says so, or whoever made the job.</param>
/// <param name="WasThere">It was found.</param>
internal readonly record struct BlobLocation(RepositoryName Repository, bool IsSure = false, bool WasThere = false);

/// <summary>For each blob that the target has: where.</summary>
/// <param name="known">What is known beforehand (<see cref="MigrationJob.KnownLocations"/>).</param>
internal sealed class BlobDirectoryState(IReadOnlyDictionary<Digest, RepositoryName> known)
{
    private readonly Dictionary<Digest, BlobLocation> _locations = known.ToDictionary(pair => pair.Key, pair => new BlobLocation(pair.Value));

    public BlobLocation? Find(Digest digest) => _locations.TryGetValue(digest, out var location) ? location : null;

    /// <summary>What this run has seen stands before what was said.</summary>
    public void Locate(Digest digest, BlobLocation location)
    {
        if (!_locations.TryGetValue(digest, out var before) || !before.IsSure)
            _locations[digest] = location;
    }

    public void Forget(Digest digest) => _locations.Remove(digest);

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        if (fact is not BlobUploaded uploaded)
            throw new ArgumentException($"The blob directory does not know the event {fact.GetType().Name}.", nameof(fact));
        // The latest upload is the one to trust: an earlier place may have lost the blob, hence the second upload.
        _locations[Digest.Parse(uploaded.Digest)] = new BlobLocation(RepositoryName.Parse(uploaded.Repository));
    }
}

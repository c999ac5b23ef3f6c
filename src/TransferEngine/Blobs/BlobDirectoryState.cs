using TransferEngine.Images;

namespace TransferEngine.Blobs;

/// <summary>For each blob that the target has: one repository to mount it from.</summary>
/// <param name="known">What is known beforehand (<see cref="MigrationJob.KnownLocations"/>).</param>
internal sealed class BlobDirectoryState(IReadOnlyDictionary<Digest, RepositoryName> known)
{
    private readonly Dictionary<Digest, RepositoryName> _locations = new(known);

    public RepositoryName? Find(Digest digest) => _locations.TryGetValue(digest, out var repository) ? repository : null;

    public void Locate(Digest digest, RepositoryName repository) => _locations.TryAdd(digest, repository);

    public void Forget(Digest digest) => _locations.Remove(digest);

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        if (fact is not BlobUploaded uploaded)
            throw new ArgumentException($"The blob directory does not know the event {fact.GetType().Name}.", nameof(fact));
        // The latest upload is the one to trust: an earlier place may have lost the blob, hence the second upload.
        _locations[Digest.Parse(uploaded.Digest)] = RepositoryName.Parse(uploaded.Repository);
    }
}

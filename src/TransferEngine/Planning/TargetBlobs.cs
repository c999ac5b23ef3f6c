using TransferEngine.Images;
using TransferEngine.Repositories;

namespace TransferEngine.Planning;

/// <summary>
/// What one target repository has of the blobs that images name: each is asked for once. The same judgement as a run's: the digest proves the
/// bytes, a size that a manifest states is a hint.
/// </summary>
/// <param name="job">Source and target.</param>
/// <param name="source">The source's repository.</param>
/// <param name="target">The target's.</param>
/// <param name="mayHoldContent">False if there is nothing to ask for.</param>
internal sealed class TargetBlobs(MigrationJob job, RepositoryName source, RepositoryName target, bool mayHoldContent)
{
    private readonly Dictionary<Digest, Found> _found = [];

    /// <summary>Whether the target has it.</summary>
    /// <param name="IsThere">It is in the target's repository, as long as the source has it.</param>
    /// <param name="Length">Its length in bytes: where it is there the target's, else the source's; null if neither has it.</param>
    /// <param name="Stray">The length that the target's has, where that fits neither the source nor the manifest.</param>
    public readonly record struct Found(bool IsThere, long? Length, long? Stray);

    public IReadOnlyCollection<KeyValuePair<Digest, Found>> All => _found;

    /// <summary>Manifests that state a wrong size for one of their blobs.</summary>
    public long WrongSizes { get; private set; }

    public async Task<Found> FindAsync(Descriptor blob, CancellationToken cancellationToken)
    {
        if (_found.TryGetValue(blob.Digest, out var known))
            return known;
        var length = mayHoldContent ? await job.Target.HeadBlobAsync(target, blob.Digest, cancellationToken) : null;
        var found = length == blob.Size && length is not null ? new Found(true, length, null) : await CompareAsync(blob, length, cancellationToken);
        _found.Add(blob.Digest, found);
        return found;
    }

    /// <summary>To be told each manifest once, after its blobs were asked for.</summary>
    public void Count(TreeManifest manifest)
    {
        if (manifest.Blobs.Any(blob => blob.Size >= 0 && _found.TryGetValue(blob.Digest, out var found) && found.Length is { } length && length != blob.Size))
            WrongSizes++;
    }

    private async Task<Found> CompareAsync(Descriptor blob, long? length, CancellationToken cancellationToken)
    {
        var atSource = await job.Source.FindBlobAsync(source, blob.Digest, cancellationToken);
        return length is not null && length == atSource ? new Found(true, length, null) : new Found(false, atSource, length);
    }
}

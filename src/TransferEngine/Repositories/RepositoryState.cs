using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>What the journal knows of the target's repository: manifests that are there with all they name, and tags.</summary>
internal sealed class RepositoryState
{
    private readonly HashSet<Digest> _manifests = [];
    private readonly Dictionary<Tag, Digest> _tags = [];

    public bool HasManifest(Digest digest) => _manifests.Contains(digest);

    /// <summary>True if an earlier run brought this very image to its end.</summary>
    public bool Has(SourceImage image) => image.Digest is { } digest
        && (image.Tag is { } tag ? _tags.TryGetValue(tag, out var known) && known == digest : _manifests.Contains(digest));

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        switch (fact)
        {
            case ManifestPushed pushed:
                _manifests.Add(Digest.Parse(pushed.Digest));
                break;
            case TagSet set:
                _tags[Tag.Parse(set.Tag)] = Digest.Parse(set.Digest);
                break;
            default:
                throw new ArgumentException($"A repository does not know the event {fact.GetType().Name}.", nameof(fact));
        }
    }
}

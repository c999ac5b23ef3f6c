using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>What the journal knows of the target's repository: manifests that are there with all they name, and tags.</summary>
internal sealed class RepositoryState
{
    private readonly Dictionary<Digest, IReadOnlyList<Digest>> _children = [];
    private readonly Dictionary<Digest, List<Digest>> _referrers = [];
    private readonly Dictionary<Tag, Digest> _tags = [];

    public bool HasManifest(Digest digest) => _children.ContainsKey(digest);

    /// <summary>True if an earlier run brought this very image to its end.</summary>
    public bool Has(SourceImage image) => image.Digest is { } digest
        && (image.Tag is { } tag ? _tags.TryGetValue(tag, out var known) && known == digest : HasManifest(digest));

    /// <summary>
    /// Of an image the manifests that are on record, each with its children: its own, those below it, and what refers to any of them.
    /// </summary>
    public IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> KnownOf(Digest root)
    {
        var known = new Dictionary<Digest, IReadOnlyList<Digest>>();
        var open = new Stack<Digest>([root]);
        while (open.TryPop(out var digest))
        {
            if (!_children.TryGetValue(digest, out var children) || !known.TryAdd(digest, children))
                continue;
            foreach (var next in _referrers.TryGetValue(digest, out var referrers) ? children.Concat(referrers) : children)
                open.Push(next);
        }
        return known;
    }

    /// <summary>Of manifests that the target has now, what is not on record yet.</summary>
    public IReadOnlyList<IJobEvent> NewsOf(IEnumerable<TreeManifest> stored) =>
        [.. stored.DistinctBy(manifest => manifest.Digest).Where(manifest => !HasManifest(manifest.Digest)).Select(FactOf)];

    /// <summary>Of a group's tags that the target has now, what is not on record yet.</summary>
    public IReadOnlyList<IJobEvent> NewsOf(ImageGroup group, IReadOnlyList<ImageResult> results) => [.. results.Zip(group.Images)
        .Where(pair => pair.First.Outcome is ImageOutcome.Migrated or ImageOutcome.AlreadyThere && pair.Second.Tag is not null && !Has(pair.Second))
        .Select(pair => new TagSet(pair.Second.Tag.ToString()!, group.Digest.ToString()))];

    /// <exception cref="ArgumentException">An event that this state does not know: the journal is not ours.</exception>
    public void Apply(IJobEvent fact)
    {
        switch (fact)
        {
            case ManifestPushed pushed:
                Apply(pushed);
                break;
            case TagSet set:
                _tags[Tag.Parse(set.Tag)] = Digest.Parse(set.Digest);
                break;
            default:
                throw new ArgumentException($"A repository does not know the event {fact.GetType().Name}.", nameof(fact));
        }
    }

    private static ManifestPushed FactOf(TreeManifest manifest) => new(
        manifest.Digest.ToString(), manifest.Children.Count == 0 ? null : [.. manifest.Children.Select(child => child.ToString())], manifest.Subject?.ToString());

    private void Apply(ManifestPushed pushed)
    {
        var digest = Digest.Parse(pushed.Digest);
        if (!_children.TryAdd(digest, pushed.Children is { } children ? [.. children.Select(Digest.Parse)] : []) || pushed.Subject is null)
            return;
        var subject = Digest.Parse(pushed.Subject);
        if (!_referrers.TryGetValue(subject, out var referrers))
            _referrers.Add(subject, referrers = []);
        referrers.Add(digest);
    }
}

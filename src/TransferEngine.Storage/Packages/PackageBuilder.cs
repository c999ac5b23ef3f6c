using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// Collects what a package shall hold: bases first, then images in any order from any number of sources. All manifests are held, so that
/// a package names its release in full; of the blobs those that no base has.
/// </summary>
public sealed class PackageBuilder
{
    private sealed class Repository
    {
        public SortedDictionary<string, PackageTag> Tags { get; } = new(StringComparer.Ordinal);

        public SortedSet<Digest> Untagged { get; } = [];

        public SortedSet<Digest> Manifests { get; } = [];

        public SortedSet<Digest> Blobs { get; } = [];
    }

    private sealed record Holding(IImageSource Source, RepositoryName Repository, long Size, ImageReference Image);

    private readonly List<PackageBase> _bases = [];
    private readonly Dictionary<Digest, NeededBlob> _there = [];
    private readonly SortedDictionary<RepositoryName, Repository> _repositories = [];
    private readonly Dictionary<Digest, Holding> _manifests = [];
    private readonly Dictionary<Digest, Holding> _blobs = [];

    /// <summary>The blobs that the bases have.</summary>
    public IReadOnlySet<Digest> There => _there.Keys.ToHashSet();

    /// <summary>A base, and what <see cref="PackageIndex.BlobPlaces"/> says of it. Of two bases that have a blob the first counts.</summary>
    public void AddBase(PackageBase added, IReadOnlyDictionary<Digest, (long Size, RepositoryName Repository)> blobs)
    {
        foreach (var (digest, place) in blobs)
            _there.TryAdd(digest, new NeededBlob(digest, place.Size, _bases.Count, place.Repository));
        _bases.Add(added);
    }

    /// <param name="source">Where the image is; stays open until the package is written.</param>
    /// <param name="repository">The source's repository.</param>
    /// <param name="name">The package's.</param>
    /// <param name="tag">Null for an untagged revision.</param>
    /// <param name="manifests">All that belong to the image, its own last.</param>
    /// <param name="blobs">All that the manifests name and a target must have.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.MappingCollision"/>: the tag names another image already.</exception>
    public void Add(IImageSource source, RepositoryName repository, RepositoryName name, Tag? tag, IReadOnlyList<Manifest> manifests, IEnumerable<Descriptor> blobs)
    {
        if (!_repositories.TryGetValue(name, out var place))
            _repositories.Add(name, place = new Repository());
        var root = manifests[^1].Digest;
        var image = new ImageReference(name, tag is { } given ? given : root);
        if (tag is not { } label)
            place.Untagged.Add(root);
        else if (!place.Tags.TryAdd(label.ToString(), new PackageTag(label, root)) && place.Tags[label.ToString()].Digest != root)
            throw new TransferException(new TransferError(ErrorCode.MappingCollision, $"Two different images would be {image} in the package: {place.Tags[label.ToString()].Digest} and {root}.")
            { Scope = ErrorScope.Endpoint, Hint = "Select only one of them, or give one of the repositories another name with --map." });
        foreach (var manifest in manifests)
        {
            place.Manifests.Add(manifest.Digest);
            _manifests.TryAdd(manifest.Digest, new Holding(source, repository, manifest.Bytes.Length, image));
        }
        foreach (var blob in blobs)
        {
            place.Blobs.Add(blob.Digest);
            _blobs.TryAdd(blob.Digest, new Holding(source, repository, blob.Size, image));
        }
    }

    /// <summary>What was collected. Bases that nothing is needed of are left out.</summary>
    public PackageIndex Build()
    {
        var held = _manifests.Select(manifest => (manifest.Key, manifest.Value.Size))
            .Concat(_blobs.Where(blob => !_there.ContainsKey(blob.Key)).Select(blob => (blob.Key, blob.Value.Size)))
            .DistinctBy(blob => blob.Key).OrderBy(blob => blob.Key);
        var needed = _blobs.Keys.Where(blob => _there.ContainsKey(blob) && !_manifests.ContainsKey(blob)).Order().Select(blob => _there[blob]).ToList();
        var used = needed.Select(blob => blob.Base).Distinct().Order().ToList();
        return new PackageIndex(
            PackageIndex.CurrentVersion,
            [.. used.Select(number => _bases[number])],
            [.. _repositories.Select(one => new PackageRepository(
                one.Key, [.. one.Value.Tags.Values], [.. one.Value.Untagged.Except(one.Value.Tags.Values.Select(tag => tag.Digest))], [.. one.Value.Manifests], [.. one.Value.Blobs]))],
            [.. held.Select(blob => new PackageBlob(blob.Key, blob.Size))],
            [.. needed.Select(blob => blob with { Base = used.IndexOf(blob.Base) })]);
    }

    /// <summary>The content of a held manifest or blob, from the source that was seen to have it.</summary>
    internal async ValueTask<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        // Read again: thousands of manifests need not be kept from the one pass to the other.
        if (_manifests.TryGetValue(digest, out var manifest))
            return new MemoryStream((await manifest.Source.ReadManifestAsync(manifest.Repository, digest, cancellationToken)).Bytes.ToArray(), writable: false);
        var blob = _blobs[digest];
        return await blob.Source.OpenBlobAsync(blob.Repository, digest, 0, cancellationToken);
    }

    /// <summary>An image that uses the manifest or blob.</summary>
    internal ImageReference ImageOf(Digest digest) => (_manifests.GetValueOrDefault(digest) ?? _blobs[digest]).Image;
}

using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// A manifest and, if it is an index, all manifests below it, and whatever refers to any of them: read once from the source, children
/// before what names them, each once, in the order in which they can be pushed. The tag comes last: when it appears, the image's
/// signatures are there. What the journal knows is not read again, but asked for new referrers.
/// </summary>
internal sealed class ManifestTree
{
    // Hostile input must end somewhere; an attestation of a signature of a platform of an index of indexes does not reach it.
    private const int MaxDepth = 8;
    private const int MaxManifests = 20_000;
    private const int MaxBlobs = 100_000;

    // Bytes of manifests held per image: thousands of referrers are read a second time when they are pushed.
    private const int MaxKept = 1024 * 1024;

    private readonly List<TreeManifest> _manifests = [];
    private readonly HashSet<Digest> _seen = [];
    private readonly IImageSource _source;
    private readonly bool _referrers;
    private readonly RepositoryName _repository;
    private readonly IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> _known;
    private int _blobs;
    private int _kept;

    private ManifestTree(
        IImageSource source, bool referrers, RepositoryName repository, Digest root, IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> known)
    {
        (_source, _referrers, _repository, Root, _known) = (source, referrers, repository, root, known);
    }

    public Digest Root { get; }

    /// <summary>Those that were not known, children first; the image's own manifest is the last, if it was not known either.</summary>
    public IReadOnlyList<TreeManifest> Manifests => _manifests;

    /// <summary>
    /// Every blob that the manifests name, once. Foreign layers are left out: targets take manifests without them.
    /// </summary>
    public IReadOnlyList<Descriptor> Blobs() =>
        [.. _manifests.SelectMany(manifest => manifest.Blobs).Where(blob => !blob.IsForeign).DistinctBy(blob => blob.Digest)];

    /// <exception cref="TransferException">A manifest is missing or damaged; the first one met.</exception>
    public static Task<ManifestTree> ReadAsync(MigrationJob job, RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ReadAsync(job.Source, job.Referrers, repository, digest, Nothing, cancellationToken);

    /// <summary>Reads all but the manifests that are known, with their children, to be at the target.</summary>
    /// <exception cref="TransferException">A manifest is missing or damaged; the first one met.</exception>
    public static async Task<ManifestTree> ReadAsync(
        IImageSource source, bool referrers, RepositoryName repository, Digest digest, IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> known,
        CancellationToken cancellationToken)
    {
        var tree = new ManifestTree(source, referrers, repository, digest, known);
        await tree.AddAsync(digest, 0, cancellationToken);
        return tree;
    }

    /// <summary>For those who know nothing.</summary>
    public static IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> Nothing { get; } = new Dictionary<Digest, IReadOnlyList<Digest>>();

    private async Task AddAsync(Digest digest, int depth, CancellationToken cancellationToken)
    {
        if (!_seen.Add(digest))
            return;
        if (depth > MaxDepth || _seen.Count > MaxManifests || _blobs > MaxBlobs)
            throw TooLarge(digest);
        var manifest = _known.ContainsKey(digest) ? null : await _source.ReadManifestAsync(_repository, digest, cancellationToken);
        foreach (var child in manifest?.Children.Select(child => child.Digest) ?? _known[digest])
            await AddChildAsync(digest, child, depth + 1, cancellationToken);
        if (_referrers)
            await foreach (var referrer in _source.ListReferrersAsync(_repository, digest, cancellationToken))
                await AddAsync(referrer, depth + 1, cancellationToken);
        if (manifest is not null)
            Add(manifest);
    }

    private void Add(Manifest manifest)
    {
        _blobs += manifest.Blobs.Count;
        var isKept = _kept + manifest.Bytes.Length <= MaxKept;
        if (isKept)
            _kept += manifest.Bytes.Length;
        _manifests.Add(new TreeManifest(manifest, isKept));
    }

    private async Task AddChildAsync(Digest index, Digest child, int depth, CancellationToken cancellationToken)
    {
        try
        {
            await AddAsync(child, depth, cancellationToken);
        }
        catch (TransferException e) when (e.Error.Code is ErrorCode.ManifestMissing or ErrorCode.RevisionMissing)
        {
            throw new TransferException(e.Error with
            {
                Code = ErrorCode.IndexChildMissing,
                Message = $"The index {index} names the manifest {child}, which the source does not have.",
                Digest = child,
            }, e);
        }
    }

    private static TransferException TooLarge(Digest digest) => new(new TransferError(ErrorCode.IndexTooDeep,
        $"The image nests deeper than {MaxDepth} levels, or has more than {MaxManifests} manifests or {MaxBlobs} blobs, what refers to it included.")
    { Digest = digest });
}

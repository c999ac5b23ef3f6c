using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// A manifest and, if it is an index, all manifests below it, and whatever refers to any of them: read once from the source, children
/// before what names them, each once, in the order in which they can be pushed. The tag comes last: when it appears, the image's
/// signatures are there.
/// </summary>
internal sealed class ManifestTree
{
    private const int MaxDepth = 4;
    private const int MaxManifests = 1000;

    private readonly List<Manifest> _manifests = [];

    private readonly HashSet<Digest> _seen = [];
    private readonly IImageSource _source;
    private readonly bool _referrers;
    private readonly RepositoryName _repository;

    private ManifestTree(IImageSource source, bool referrers, RepositoryName repository) => (_source, _referrers, _repository) = (source, referrers, repository);

    /// <summary>Children first; the image's own manifest is the last.</summary>
    public IReadOnlyList<Manifest> Manifests => _manifests;

    public Manifest Root => _manifests[^1];

    /// <summary>
    /// Every blob that the manifests name, once. Foreign layers are left out: targets take manifests without them.
    /// </summary>
    public IReadOnlyList<Descriptor> Blobs() =>
        [.. _manifests.SelectMany(manifest => manifest.Blobs).Where(blob => !blob.IsForeign).DistinctBy(blob => blob.Digest)];

    /// <exception cref="TransferException">A manifest is missing or damaged; the first one met.</exception>
    public static Task<ManifestTree> ReadAsync(MigrationJob job, RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ReadAsync(job.Source, job.Referrers, repository, digest, cancellationToken);

    /// <inheritdoc cref="ReadAsync(MigrationJob, RepositoryName, Digest, CancellationToken)"/>
    public static async Task<ManifestTree> ReadAsync(IImageSource source, bool referrers, RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        var tree = new ManifestTree(source, referrers, repository);
        await tree.AddAsync(digest, 0, cancellationToken);
        return tree;
    }

    private async Task AddAsync(Digest digest, int depth, CancellationToken cancellationToken)
    {
        if (!_seen.Add(digest))
            return;
        if (depth > MaxDepth || _seen.Count > MaxManifests)
            throw new TransferException(new TransferError(ErrorCode.IndexTooDeep,
                $"The image nests deeper than {MaxDepth} levels or has more than {MaxManifests} manifests, what refers to it included.")
            { Digest = digest });
        var manifest = await _source.ReadManifestAsync(_repository, digest, cancellationToken);
        foreach (var child in manifest.Children)
            await AddChildAsync(digest, child.Digest, depth + 1, cancellationToken);
        if (_referrers)
            await foreach (var referrer in _source.ListReferrersAsync(_repository, digest, cancellationToken))
                await AddAsync(referrer, depth + 1, cancellationToken);
        _manifests.Add(manifest);
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
}

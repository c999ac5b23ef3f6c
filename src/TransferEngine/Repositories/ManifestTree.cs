using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// A manifest and, if it is an index, all manifests below it: read once from the source, children before what names
/// them, each once, in the order in which they can be pushed.
/// </summary>
internal sealed class ManifestTree
{
    private const int MaxDepth = 4;
    private const int MaxManifests = 1000;

    private readonly List<Manifest> _manifests = [];

    private ManifestTree()
    {
    }

    /// <summary>Children first; the image's own manifest is the last.</summary>
    public IReadOnlyList<Manifest> Manifests => _manifests;

    public Manifest Root => _manifests[^1];

    /// <summary>
    /// Every blob that the manifests name, once. Foreign layers are left out: targets take manifests without them.
    /// </summary>
    public IReadOnlyList<Descriptor> Blobs() =>
        [.. _manifests.SelectMany(manifest => manifest.Blobs).Where(blob => !blob.IsForeign).DistinctBy(blob => blob.Digest)];

    /// <exception cref="TransferException">A manifest is missing or damaged; the first one met.</exception>
    public static async Task<ManifestTree> ReadAsync(IImageSource source, RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        var tree = new ManifestTree();
        await tree.AddAsync(source, repository, digest, 0, [], cancellationToken);
        return tree;
    }

    private async Task AddAsync(
        IImageSource source, RepositoryName repository, Digest digest, int depth, HashSet<Digest> seen, CancellationToken cancellationToken)
    {
        if (!seen.Add(digest))
            return;
        if (depth > MaxDepth || seen.Count > MaxManifests)
            throw new TransferException(new TransferError(ErrorCode.IndexTooDeep,
                $"The index nests deeper than {MaxDepth} levels or names more than {MaxManifests} manifests.")
            { Digest = digest });
        var manifest = await source.ReadManifestAsync(repository, digest, cancellationToken);
        foreach (var child in manifest.Children)
        {
            try
            {
                await AddAsync(source, repository, child.Digest, depth + 1, seen, cancellationToken);
            }
            catch (TransferException e) when (e.Error.Code is ErrorCode.ManifestMissing or ErrorCode.RevisionMissing)
            {
                throw new TransferException(e.Error with
                {
                    Code = ErrorCode.IndexChildMissing,
                    Message = $"The index {digest} names the manifest {child.Digest}, which the source does not have.",
                    Digest = child.Digest,
                }, e);
            }
        }
        _manifests.Add(manifest);
    }
}

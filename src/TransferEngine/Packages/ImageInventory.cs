using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TransferEngine.Images;
using TransferEngine.Repositories;

namespace TransferEngine;

/// <summary>
/// What a source holds, down to its manifests, and whether the blobs that they name are there. For those who look at images without
/// moving them one by one: packages.
/// </summary>
public sealed class ImageInventory(IImageSource source)
{
    // Where each manifest costs a request, this many are under way at once.
    private const int Width = 8;

    private readonly ConcurrentDictionary<Digest, long> _sizes = new();

    /// <summary>Which repositories and tags; all by default.</summary>
    public ImageSelection Selection { get; init; } = ImageSelection.All;

    /// <summary>What the repositories are called in the end; as in the source by default.</summary>
    public RepositoryMapping Mapping { get; init; } = RepositoryMapping.None;

    /// <summary>Also the revisions that no tag names.</summary>
    public bool Untagged { get; init; }

    /// <summary>With each image, what refers to it (<see cref="MigrationJob.Referrers"/>).</summary>
    public bool Referrers { get; init; } = true;

    /// <summary>Blobs that the source need not hold.</summary>
    public IReadOnlySet<Digest> Elsewhere { get; init; } = new HashSet<Digest>();

    /// <summary>The selected images in the order of the source. What is damaged is among them, with its problem.</summary>
    /// <exception cref="TransferException">The source can't be read at all: <see cref="ErrorScope.Endpoint"/>.</exception>
    public async IAsyncEnumerable<InventoryImage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var images in OrderedWindow.SelectAsync(source.ListRepositoriesAsync(cancellationToken), Width, ReadRepositoryAsync, cancellationToken))
            foreach (var image in images)
                yield return image;
        if (source.Damage is { } damage)
            yield return new InventoryImage(null, null, null, [], new ImageResult("*", "*", ImageOutcome.Failed, null, damage));
    }

    private async Task<List<InventoryImage>> ReadRepositoryAsync(SourceRepository found, CancellationToken cancellationToken)
    {
        var images = new List<InventoryImage>();
        if (found.Repository is not { } repository || found.Error is not null)
            return [new InventoryImage(null, null, null, [], new ImageResult(found.Name, "*", ImageOutcome.Failed, null, found.Error))];
        if (!Selection.Wants(repository))
            return images;
        try
        {
            var name = Mapping.Map(repository);
            var all = source.ListImagesAsync(repository, Untagged, cancellationToken);
            await foreach (var image in Referrers ? Selection.FilterWithCompanionsAsync(source, repository, all, cancellationToken) : Selection.FilterAsync(all, cancellationToken))
                images.Add(await ReadImageAsync(repository, name, image, cancellationToken));
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            images.Add(new InventoryImage(repository, null, null, [], new ImageResult(found.Name, "*", ImageOutcome.Failed, null, e.Error with { Repository = repository })));
        }
        return images;
    }

    private async Task<InventoryImage> ReadImageAsync(RepositoryName repository, RepositoryName name, SourceImage image, CancellationToken cancellationToken)
    {
        if (image.Error is not null || image.Digest is not { } digest)
            return Failed(repository, image, image.Error);
        try
        {
            var tree = await ManifestTree.ReadAsync(source, Referrers, repository, digest, ManifestTree.Nothing, cancellationToken);
            var blobs = new List<Descriptor>();
            foreach (var blob in tree.Blobs())
                blobs.Add(await RequireAsync(repository, blob, cancellationToken));
            var manifests = new List<Manifest>(tree.Manifests.Count);
            foreach (var manifest in tree.Manifests)
                manifests.Add(await manifest.ReadAsync(source, repository, cancellationToken));
            return new InventoryImage(repository, name, image.Tag, manifests) { Blobs = blobs };
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return Failed(repository, image, e.Error);
        }
    }

    private static InventoryImage Failed(RepositoryName repository, SourceImage image, TransferError? error) =>
        new(repository, null, image.Tag, [], ImageJob.ResultOf(repository, image, error));

    private async Task<Descriptor> RequireAsync(RepositoryName repository, Descriptor blob, CancellationToken cancellationToken)
    {
        if (Elsewhere.Contains(blob.Digest))
            return blob;
        if (!_sizes.TryGetValue(blob.Digest, out var size))
        {
            size = await source.FindBlobAsync(repository, blob.Digest, cancellationToken)
                ?? throw new TransferException(new TransferError(ErrorCode.BlobMissing, $"The image names the blob {blob.Digest}, which the source does not have.")
                { Digest = blob.Digest, Path = source.Locate(repository, blob.Digest) });
            _sizes.TryAdd(blob.Digest, size);
        }
        return blob with { Size = size };
    }
}

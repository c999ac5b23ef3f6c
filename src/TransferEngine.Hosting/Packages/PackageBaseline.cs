using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Hosting;

/// <summary>What a new package need not hold, because those who get it have it already.</summary>
/// <param name="Base">How the new package names it.</param>
/// <param name="Blobs">Each blob with its size and one repository that uses it.</param>
public sealed record PackageBaseline(PackageBase Base, IReadOnlyDictionary<Digest, (long Size, RepositoryName Repository)> Blobs)
{
    /// <summary>An earlier package: what it holds, and what it needs itself.</summary>
    public static PackageBaseline Of(Package package) =>
        new(new PackageBase(Path.GetFileName(package.FilePath), package.Id), package.Index.BlobPlaces());

    /// <summary>An endpoint: the blobs of all its tagged images that can be read in full.</summary>
    /// <exception cref="TransferException">The endpoint can't be read at all.</exception>
    public static async Task<PackageBaseline> OfAsync(IImageSource endpoint, CancellationToken cancellationToken)
    {
        var blobs = new Dictionary<Digest, (long Size, RepositoryName Repository)>();
        await foreach (var image in new ImageInventory(endpoint).ReadAsync(cancellationToken))
        {
            if (image.Repository is not { } repository || image.Problem is not null)
                continue;
            // The smallest name, whatever the order of the listing: packages are reproducible.
            foreach (var blob in image.Blobs)
                if (!blobs.TryGetValue(blob.Digest, out var known) || repository < known.Repository)
                    blobs[blob.Digest] = (blob.Size, repository);
        }
        return new PackageBaseline(new PackageBase(endpoint.Endpoint, null), blobs);
    }
}

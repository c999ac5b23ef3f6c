using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Hosting;

/// <summary>A package to be made: one pass over the manifests to know what it shall hold, one over the blobs to write it.</summary>
/// <param name="Sources">Where the images are. The caller opens and disposes them.</param>
/// <param name="Path">The file to write.</param>
public sealed record PackJob(IReadOnlyList<IImageSource> Sources, string Path)
{
    /// <summary>What is left out. None by default: the package holds all.</summary>
    public IReadOnlyList<PackageBaseline> Baselines { get; init; } = [];

    /// <summary>Which repositories and tags; all by default.</summary>
    public ImageSelection Selection { get; init; } = ImageSelection.All;

    /// <summary>What the package calls the repositories; as in the source by default.</summary>
    public RepositoryMapping Mapping { get; init; } = RepositoryMapping.None;

    /// <summary>Also the revisions that no tag names.</summary>
    public bool Untagged { get; init; }

    /// <summary>With each image, what refers to it.</summary>
    public bool Referrers { get; init; } = true;

    /// <summary>Images that can't be taken are told and left out; what is damaged after that, in the midst of writing, ends it without a package.</summary>
    /// <returns>What the package holds; null if no image was taken, and so no package is written.</returns>
    /// <param name="onProblem">Told of each image that can't be taken.</param>
    /// <param name="cancellationToken">Stops, and leaves no package.</param>
    /// <exception cref="TransferException">A source can't be read, a blob is damaged, two images claim one tag, or the file can't be written.</exception>
    public async Task<PackageIndex?> RunAsync(Action<ImageResult> onProblem, CancellationToken cancellationToken)
    {
        var builder = new PackageBuilder();
        foreach (var baseline in Baselines)
            builder.AddBase(baseline.Base, baseline.Blobs);
        long taken = 0;
        foreach (var source in Sources)
            taken += await AddAsync(builder, source, onProblem, cancellationToken);
        return taken == 0 ? null : await PackageWriter.WriteAsync(Path, builder, cancellationToken);
    }

    private async Task<long> AddAsync(PackageBuilder builder, IImageSource source, Action<ImageResult> onProblem, CancellationToken cancellationToken)
    {
        var inventory = new ImageInventory(source) { Selection = Selection, Mapping = Mapping, Untagged = Untagged, Referrers = Referrers, Elsewhere = builder.There };
        long taken = 0;
        await foreach (var image in inventory.ReadAsync(cancellationToken))
        {
            if (image.Problem is { } problem)
            {
                onProblem(problem);
                continue;
            }
            builder.Add(source, image.Repository!.Value, image.Name!.Value, image.Tag, image.Manifests, image.Blobs);
            taken++;
        }
        return taken;
    }
}

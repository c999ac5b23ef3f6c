using TransferEngine.Images;

namespace TransferEngine;

/// <summary>An image of an <see cref="ImageInventory"/>, or what is wrong with it.</summary>
/// <param name="Repository">The source's repository; null only beside a <see cref="Problem"/>.</param>
/// <param name="Name">What the mapping makes of it; null only beside a <see cref="Problem"/>.</param>
/// <param name="Tag">The tag; null for an untagged revision.</param>
/// <param name="Manifests">The image's manifest last; before it, children first, those of an index and what refers to any of them.</param>
/// <param name="Problem">Why the image can't be taken.</param>
public sealed record InventoryImage(RepositoryName? Repository, RepositoryName? Name, Tag? Tag, IReadOnlyList<Manifest> Manifests, ImageResult? Problem = null)
{
    /// <summary>The image's own manifest.</summary>
    public Manifest Root => Manifests[^1];

    /// <summary>
    /// Every blob that the manifests name, once, with the size that the source's has, whatever they state. Foreign layers are left out: targets
    /// take manifests without them.
    /// </summary>
    public IReadOnlyList<Descriptor> Blobs { get; init; } = [];
}

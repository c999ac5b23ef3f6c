using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>How a storage tree is written.</summary>
public sealed record RegistryTreeTargetOptions
{
    /// <summary>How blobs that are files of this machine get into the tree.</summary>
    public LinkMode Link { get; init; }

    /// <summary>Whom all that is written is given to; null for the user who writes. Linked blobs keep the owner they have.</summary>
    public FileOwner? Owner { get; init; }

    /// <summary>True: the tree is known to belong to a Harbor 1.x, which reads its images from there; Harbor 2.x does not.</summary>
    public bool IsHarbor1 { get; init; }
}

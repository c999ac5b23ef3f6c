using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What is particular to a target that keeps files on this machine.</summary>
public sealed record FileSettings
{
    /// <summary>How blobs that are files already get there; null for a hard link where the system allows it, else a reflink, else a copy.</summary>
    public LinkMode? Link { get; init; }

    /// <summary>Whom all that is written is given to, or an archive's members belong to; null for the user who runs this, or root.</summary>
    public FileOwner? Owner { get; init; }

    /// <summary>True: the storage tree is known to belong to a Harbor 1.x.</summary>
    public bool IsHarbor1 { get; init; }
}

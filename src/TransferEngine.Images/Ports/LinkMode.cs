namespace TransferEngine.Images;

/// <summary>How a file of this machine gets into a target that keeps files.</summary>
public enum LinkMode
{
    /// <summary>A hard link where the system allows it, else a reflink, else a copy.</summary>
    Auto,

    /// <summary>A hard link, or nothing: both names share one file, its owner and its mode.</summary>
    Hard,

    /// <summary>A reflink (<c>FICLONE</c>), or nothing: a file of its own that shares the blocks until either is changed.</summary>
    Reflink,

    /// <summary>Always a copy of the bytes.</summary>
    Copy,
}

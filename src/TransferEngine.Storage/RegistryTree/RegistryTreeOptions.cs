namespace TransferEngine.Storage.RegistryTree;

/// <summary>How far a tree is looked for below a folder, and how much is taken of a tar.</summary>
public sealed record RegistryTreeOptions
{
    /// <summary>Folders deep; enough to find <c>/var/lib/registry</c> from <c>/var</c>. 0 does not search below.</summary>
    public int ProbeDepth { get; init; } = 4;

    /// <summary>Folders looked at before the search gives up, so that a wrong path can't walk a whole disk.</summary>
    public int ProbeFolders { get; init; } = 10_000;

    /// <summary>
    /// Memory for the index of a tar, in bytes, before it is refused: some three kilobytes belong to each image. Less is taken of a small
    /// file, whatever it unpacks to.
    /// </summary>
    public long TarIndexBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>
    /// Memory for the contents of a compressed tar, in bytes, that are kept when a pass comes by: once for manifests and configs, once for
    /// blobs that will be asked for soon. The more, the fewer passes.
    /// </summary>
    public long TarKeptBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Folder in which the index of a tar is kept, so that only the first opening of an archive costs a pass over it; null: nowhere. An
    /// index belongs to the archive's path, length and time of change; one that does not fit, or is damaged, is made anew.
    /// </summary>
    public string? TarIndexFolder { get; init; }

    /// <summary>Members of a tar that are taken before it is refused: some ten belong to each image.</summary>
    public int TarMembers { get; init; } = 20_000_000;
}

namespace TransferEngine.Storage.RegistryTree;

/// <summary>How far <see cref="RegistryTreeSource.Open"/> looks for a tree below the folder that it is given.</summary>
public sealed record RegistryTreeOptions
{
    /// <summary>Folders deep; enough to find <c>/var/lib/registry</c> from <c>/var</c>. 0 does not search below.</summary>
    public int ProbeDepth { get; init; } = 4;

    /// <summary>Folders looked at before the search gives up, so that a wrong path can't walk a whole disk.</summary>
    public int ProbeFolders { get; init; } = 10_000;

    /// <summary>Members of a tar that are taken before it is refused: some ten belong to each image.</summary>
    public int TarMembers { get; init; } = 20_000_000;
}

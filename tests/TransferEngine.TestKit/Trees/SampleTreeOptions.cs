namespace TransferEngine.TestKit.Trees;

/// <summary>How large a <see cref="SampleTree"/> is. The same options give the same tree, byte for byte.</summary>
public sealed record SampleTreeOptions
{
    public int Repositories { get; init; } = 60;

    /// <summary>Tags over all repositories, spread evenly; at least one for each repository.</summary>
    public int TaggedImages { get; init; } = 520;

    /// <summary>Base images, each a stack of one to three layers, that all repositories share.</summary>
    public int BaseImages { get; init; } = 12;

    /// <summary>An image has one to this many layers that no other image has.</summary>
    public int MaxOwnLayers { get; init; } = 2;

    /// <summary>Smallest layer, in bytes.</summary>
    public long MinLayerBytes { get; init; } = 1024;

    /// <summary>Largest layer, in bytes.</summary>
    public long MaxLayerBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Whether some images name one of their layers twice. skopeo pushes both at once, and docker-registry 2.8 writes its links in place:
    /// who asks for the layer while the other's link is still empty is answered 500.
    /// </summary>
    public bool RepeatedLayers { get; init; } = true;

    public ulong Seed { get; init; } = 1;
}

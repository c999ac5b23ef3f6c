using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>Which of the two families of media types a manifest is written in.</summary>
public enum ManifestFormat
{
    Oci,
    Docker,
}

/// <summary>What an image manifest shall name. Descriptors without a media type get the one that the format usually has.</summary>
/// <param name="Config">The config blob.</param>
/// <param name="Layers">The layers in order; the same one may be named twice.</param>
public sealed record ImageSpec(Descriptor Config, IReadOnlyList<Descriptor> Layers)
{
    public ManifestFormat Format { get; init; } = ManifestFormat.Oci;

    /// <summary>Leaves the manifest's own <c>mediaType</c> field out, which OCI allows.</summary>
    public bool OmitMediaType { get; init; }

    /// <summary>The manifest that this one refers to (OCI 1.1), if any.</summary>
    public Descriptor? Subject { get; init; }
}

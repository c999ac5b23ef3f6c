namespace TransferEngine.Images;

/// <summary>
/// What one manifest says of the content that it names (OCI image specification, "Descriptors").
/// </summary>
/// <param name="MediaType">As written in the manifest.</param>
/// <param name="Digest">The content's address.</param>
/// <param name="Size">Bytes, as stated, which may be wrong; <see cref="UnknownSize"/> if nothing is stated.</param>
/// <param name="HasUrls">True if the descriptor names other places to fetch from (<c>urls</c>).</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size, bool HasUrls = false)
{
    /// <summary>The size of what no size is stated of. Go's reader, and so every registry, takes a descriptor without one.</summary>
    public const long UnknownSize = -1;

    public bool IsSizeKnown => Size >= 0;

    /// <summary>A foreign layer that the target need not hold.</summary>
    public bool IsForeign => HasUrls && Images.MediaType.IsForeignLayer(MediaType);
}

namespace TransferEngine.Images;

/// <summary>
/// What one manifest says of the content that it names (OCI image specification, "Descriptors").
/// </summary>
/// <param name="MediaType">As written in the manifest.</param>
/// <param name="Digest">The content's address.</param>
/// <param name="Size">Bytes; never negative.</param>
/// <param name="HasUrls">True if the descriptor names other places to fetch from (<c>urls</c>).</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size, bool HasUrls = false)
{
    /// <summary>A foreign layer that the target need not hold.</summary>
    public bool IsForeign => HasUrls && Images.MediaType.IsForeignLayer(MediaType);
}

namespace TransferEngine.Images;

/// <summary>
/// A manifest or index as stored: its bytes, digest and media type, and what it names. The bytes are never
/// written again from the parsed form, so digests can't change.
/// </summary>
public sealed class Manifest
{
    /// <summary>Largest manifest that registries take: 4 MiB (distribution, and the specification's floor).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    internal Manifest(Digest digest, string mediaType, ReadOnlyMemory<byte> bytes)
    {
        Digest = digest;
        MediaType = mediaType;
        Bytes = bytes;
    }

    public Digest Digest { get; }

    /// <summary>
    /// From the <c>mediaType</c> field, else inferred from the shape (OCI allows it to be left out). In lower case and without
    /// parameters, whatever the field's writing: what a request calls it.
    /// </summary>
    public string MediaType { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>
    /// Config and layers, in order, duplicates as written. Of an index those entries that are no manifests: BuildKit's registry cache
    /// lists layers and a config of its own (moby/buildkit, "cache/remotecache").
    /// </summary>
    public IReadOnlyList<Descriptor> Blobs { get; internal init; } = [];

    /// <summary>The manifests that an index names, by type or by none, in order. Empty for an image manifest.</summary>
    public IReadOnlyList<Descriptor> Children { get; internal init; } = [];

    /// <summary>The manifest that this one refers to (OCI 1.1 <c>subject</c>), if any.</summary>
    public Descriptor? Subject { get; internal init; }

    public bool IsIndex => Images.MediaType.IsIndex(MediaType);
}

using System.IO.Compression;
using TransferEngine.Images;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.TestKit.Conformance;

/// <summary>An image with all its content, in a form that everybody takes: its config speaks truthfully of its layers, which are gzipped tars.</summary>
public sealed record ImageContent(Manifest Manifest, IReadOnlyDictionary<Digest, byte[]> Blobs)
{
    /// <summary>The same image as <c>docker save</c> has it; null for what docker could not hold.</summary>
    public SavedSample? Saved { get; private init; }

    public Digest Digest => Manifest.Digest;

    /// <summary>The same layers give the same image.</summary>
    public static ImageContent Of(params string[] layers) => Of(ManifestFormat.Oci, layers);

    /// <inheritdoc cref="Of(string[])"/>
    public static ImageContent Of(ManifestFormat format, params string[] layers)
    {
        var saved = SavedSample.Of(layers);
        var blobs = new Dictionary<Digest, byte[]>();
        var config = Add(blobs, saved.Config);
        var manifest = Parse(ManifestWriter.Image(new ImageSpec(config, [.. saved.Layers.Select(layer => Add(blobs, Gzip(layer.Content)))]) { Format = format }));
        return new ImageContent(manifest, blobs) { Saved = saved };
    }

    /// <summary>An index of images.</summary>
    public static Manifest IndexOf(params IReadOnlyList<Manifest> children) => Parse(ManifestWriter.Index([.. children.Select(DescriptorOf)], ManifestFormat.Oci));

    /// <summary>An image without layers that speaks of another one: a signature, an SBOM.</summary>
    public static ImageContent ReferringTo(Manifest subject, string text)
    {
        var plain = Of(text);
        var spec = new ImageSpec(plain.Manifest.Blobs[0], [.. plain.Manifest.Blobs.Skip(1)]) { Subject = DescriptorOf(subject) };
        return plain with { Manifest = Parse(ManifestWriter.Image(spec)), Saved = null };
    }

    public static Manifest Parse(byte[] bytes) => ManifestReader.Read(bytes, Digest.OfSha256(bytes));

    public static Descriptor DescriptorOf(Manifest manifest) => new(manifest.MediaType, manifest.Digest, manifest.Bytes.Length);

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static Descriptor Add(Dictionary<Digest, byte[]> blobs, byte[] content)
    {
        var digest = Digest.OfSha256(content);
        blobs[digest] = content;
        return new Descriptor("", digest, content.Length);
    }
}

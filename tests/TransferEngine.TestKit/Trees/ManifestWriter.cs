using System.Buffers;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>Writes manifests and indexes as docker and buildkit do: Docker's indented, OCI's compact.</summary>
public static class ManifestWriter
{
    private static readonly string[] Architectures = ["amd64", "arm64", "arm", "s390x", "ppc64le"];

    public static string MediaTypeOf(ManifestFormat format, bool index) => (format, index) switch
    {
        (ManifestFormat.Docker, false) => MediaType.DockerManifest,
        (ManifestFormat.Docker, true) => MediaType.DockerManifestList,
        (_, false) => MediaType.OciManifest,
        _ => MediaType.OciIndex,
    };

    public static byte[] Image(ImageSpec spec) => Write(spec.Format, writer =>
    {
        var docker = spec.Format == ManifestFormat.Docker;
        WriteHead(writer, spec.OmitMediaType ? null : MediaTypeOf(spec.Format, index: false));
        writer.WritePropertyName("config");
        WriteDescriptor(writer, spec.Config, docker ? MediaType.DockerConfig : MediaType.OciConfig, architecture: null);
        writer.WriteStartArray("layers");
        foreach (var layer in spec.Layers)
            WriteDescriptor(writer, layer, docker ? MediaType.DockerLayerGzip : MediaType.OciLayerGzip, architecture: null);
        writer.WriteEndArray();
        if (spec.Subject is not null)
        {
            writer.WritePropertyName("subject");
            WriteDescriptor(writer, spec.Subject, MediaType.OciManifest, architecture: null);
        }
    });

    public static byte[] Index(IReadOnlyList<Descriptor> children, ManifestFormat format) => Write(format, writer =>
    {
        WriteHead(writer, MediaTypeOf(format, index: true));
        writer.WriteStartArray("manifests");
        for (var i = 0; i < children.Count; i++)
            WriteDescriptor(writer, children[i], MediaTypeOf(format, index: false), Architectures[i % Architectures.Length]);
        writer.WriteEndArray();
    });

    private static byte[] Write(ManifestFormat format, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = format == ManifestFormat.Docker }))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteHead(Utf8JsonWriter writer, string? mediaType)
    {
        writer.WriteNumber("schemaVersion", 2);
        if (mediaType is not null)
            writer.WriteString("mediaType", mediaType);
    }

    private static void WriteDescriptor(Utf8JsonWriter writer, Descriptor descriptor, string usualType, string? architecture)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", descriptor.MediaType.Length > 0 ? descriptor.MediaType : usualType);
        writer.WriteNumber("size", descriptor.Size);
        writer.WriteString("digest", descriptor.Digest.ToString());
        if (descriptor.HasUrls)
        {
            writer.WriteStartArray("urls");
            writer.WriteStringValue("https://layers.example.invalid/" + descriptor.Digest.Hex);
            writer.WriteEndArray();
        }
        if (architecture is not null)
        {
            writer.WriteStartObject("platform");
            writer.WriteString("architecture", architecture);
            writer.WriteString("os", "linux");
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>An image of an archive with the manifest that was made for it.</summary>
/// <param name="Manifest">Docker's schema 2.</param>
/// <param name="Config">The member that is the config, as it is.</param>
/// <param name="Layers">The layers in the manifest's order.</param>
internal sealed partial record ReadImage(Manifest Manifest, TreeFile Config, IReadOnlyList<PressedLayer> Layers)
{
    /// <exception cref="TransferException">A member is missing or not what it should be.</exception>
    public static async Task<ReadImage> ReadAsync(ArchiveFile archive, LayerPress press, SavedImage image, CancellationToken cancellationToken)
    {
        var file = archive.Find(image.Config) ?? throw Failed(ErrorCode.BlobMissing, archive, "The archive does not have the image's config.", image.Config);
        var bytes = ReadConfig(archive, image, file);
        if (SavedConfig.TryRead(bytes) is not { } config)
            throw Failed(ErrorCode.SourceUnreadable, archive, "The image's config is none: it has no rootfs.diff_ids.", image.Config);
        if (config.DiffIds.Count != image.Layers.Count)
            throw Failed(ErrorCode.SourceUnreadable, archive, $"The image has {image.Layers.Count} layers, but its config speaks of {config.DiffIds.Count}.", image.Config);
        var members = image.Layers.Select(name => archive.Find(name) ?? throw Failed(ErrorCode.BlobMissing, archive, "The archive does not have this layer of the image.", name)).ToList();
        var layers = await Task.WhenAll(members.Zip(config.DiffIds, (member, diffId) => press.PressAsync(member, diffId, cancellationToken)));
        var manifest = WriteManifest(new Descriptor(MediaType.DockerConfig, Digest.OfSha256(bytes), bytes.Length), layers);
        return new ReadImage(ManifestReader.Read(manifest, Digest.OfSha256(manifest)), file, layers);
    }

    private static byte[] ReadConfig(ArchiveFile archive, SavedImage image, TreeFile file)
    {
        var bytes = archive.Read(file, SavedConfig.MaxBytes);
        // The name is the image's ID; other tools than docker choose other names.
        if (NameOfId().Match(image.Config) is { Success: true } named && Digest.OfSha256(bytes).Hex != named.Groups[1].Value)
            throw Failed(ErrorCode.BlobDigestMismatch, archive, $"The image's config is {Digest.OfSha256(bytes)}, which is not what its name says: the archive is damaged.", image.Config);
        return bytes;
    }

    // As docker writes it: three spaces, the fields in this order.
    private static byte[] WriteManifest(Descriptor config, IReadOnlyList<PressedLayer> layers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 3, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaType.DockerManifest);
            writer.WritePropertyName("config");
            Write(writer, config);
            writer.WriteStartArray("layers");
            foreach (var layer in layers)
                Write(writer, layer.Blob);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, Descriptor blob)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", blob.MediaType);
        writer.WriteNumber("size", blob.Size);
        writer.WriteString("digest", blob.Digest.ToString());
        writer.WriteEndObject();
    }

    private static TransferException Failed(string code, ArchiveFile archive, string message, string member) =>
        new(new TransferError(code, message) { Path = $"{archive.Path}:{Printable.Of(member)}", Hint = "Save the image again." });

    [GeneratedRegex(@"(?:\A|/|sha256:)([0-9a-f]{64})(?:\.json)?\z")]
    private static partial Regex NameOfId();
}

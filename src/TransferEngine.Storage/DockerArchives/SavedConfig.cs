using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>What of an image's config matters to an archive (OCI image specification, "Image Configuration").</summary>
/// <param name="DiffIds">Digests of the layers' uncompressed content, the lowest first.</param>
/// <param name="Platform"><c>os/architecture</c>, for messages; what is not said is <c>unknown</c>.</param>
internal sealed record SavedConfig(IReadOnlyList<Digest> DiffIds, string Platform)
{
    /// <summary>As containers/image bounds a config.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 64 };

    /// <summary>True if somebody could run it: attestations of buildkit say that they are for no platform.</summary>
    public bool IsRunnable => !Platform.StartsWith("unknown/", StringComparison.Ordinal);

    /// <summary>Null if this is no image's config: it has no list of layers.</summary>
    public static SavedConfig? TryRead(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, JsonOptions);
            var root = document.RootElement;
            if (ManifestJson.Find(root, "rootfs") is not { } rootfs || ManifestJson.Find(rootfs, "diff_ids") is not { } array)
                return null;
            var diffIds = new List<Digest>();
            if (array.ValueKind != JsonValueKind.Null)
            {
                if (array.ValueKind != JsonValueKind.Array)
                    return null;
                foreach (var element in array.EnumerateArray())
                {
                    if (element.ValueKind != JsonValueKind.String || !Digest.TryParse(element.GetString(), out var diffId))
                        return null;
                    diffIds.Add(diffId);
                }
            }
            return new SavedConfig(diffIds, $"{Text(root, "os")}/{Text(root, "architecture")}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Text(JsonElement root, string property) =>
        ManifestJson.TextOf(ManifestJson.Find(root, property)) is { Length: > 0 } text ? Printable.Of(text) : "unknown";
}

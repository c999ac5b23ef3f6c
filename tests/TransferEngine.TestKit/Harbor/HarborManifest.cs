using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>What Harbor's core looks at in a manifest, read with its own eyes: the product's reader is what is tested.</summary>
internal sealed record HarborManifest
{
    private static readonly string[] ForeignLayers =
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    ];

    /// <summary>Null for an index.</summary>
    public Digest? Config { get; private init; }

    public string? ConfigType { get; private init; }

    public string? ArtifactType { get; private init; }

    /// <summary>Layers that must be there.</summary>
    public IReadOnlyList<Digest> Layers { get; private init; } = [];

    /// <summary>Layers that may not be passed on, and do not say where they are to be had.</summary>
    public IReadOnlyList<Digest> Homeless { get; private init; } = [];

    /// <summary>Whatever an index names, of whatever kind.</summary>
    public IReadOnlyList<Digest> Entries { get; private init; } = [];

    public static HarborManifest Parse(ReadOnlyMemory<byte> bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        var root = json.RootElement;
        var config = root.TryGetProperty("config", out var found) ? found : default;
        var layers = Items(root, "layers");
        return new HarborManifest
        {
            Config = config.ValueKind == JsonValueKind.Object ? DigestOf(config) : null,
            ConfigType = config.ValueKind == JsonValueKind.Object ? Text(config, "mediaType") : null,
            ArtifactType = Text(root, "artifactType"),
            Layers = [.. layers.Where(layer => !IsForeign(layer)).Select(DigestOf)],
            Homeless = [.. layers.Where(layer => IsForeign(layer) && Items(layer, "urls").Count == 0).Select(DigestOf)],
            Entries = [.. Items(root, "manifests").Select(DigestOf)],
        };
    }

    private static bool IsForeign(JsonElement layer) => ForeignLayers.Contains(Text(layer, "mediaType"));

    private static List<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Digest DigestOf(JsonElement descriptor) => Digest.Parse(Text(descriptor, "digest") ?? "");
}

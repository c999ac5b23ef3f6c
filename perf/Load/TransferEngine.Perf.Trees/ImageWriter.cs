using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferEngine.Perf.Trees;

/// <summary>Writes configs, manifests and indexes into one repository, in Docker's or the OCI's media types.</summary>
internal sealed class ImageWriter(TreeWriter tree, string repository, bool oci)
{
    // As registries hold it: the plus sign of a media type isn't escaped.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string ManifestType => oci
        ? "application/vnd.oci.image.manifest.v1+json"
        : "application/vnd.docker.distribution.manifest.v2+json";

    private string IndexType => oci
        ? "application/vnd.oci.image.index.v1+json"
        : "application/vnd.docker.distribution.manifest.list.v2+json";

    private string ConfigType => oci
        ? "application/vnd.oci.image.config.v1+json"
        : "application/vnd.docker.container.image.v1+json";

    private string LayerType => oci
        ? "application/vnd.oci.image.layer.v1.tar+gzip"
        : "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Stores the image of one platform; <paramref name="name"/> makes its config a blob of its own.</summary>
    public Blob WriteManifest(string name, string architecture, IReadOnlyList<Blob> layers)
    {
        var config = tree.WriteText(Config(name, architecture, layers).ToJsonString(Plain));
        foreach (var blob in layers.Append(config).DistinctBy(b => b.Digest))
            tree.LinkLayer(repository, blob);

        return tree.WriteText(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor(ConfigType, config),
            ["layers"] = new JsonArray([.. layers.Select(layer => Descriptor(LayerType, layer))]),
        }.ToJsonString(Plain));
    }

    /// <summary>Stores an index over images that <see cref="WriteManifest"/> made, and the links of these children.</summary>
    public Blob WriteIndex(IReadOnlyList<(string Architecture, Blob Manifest)> children)
    {
        var manifests = new JsonArray();
        foreach (var (architecture, manifest) in children)
        {
            tree.LinkRevision(repository, manifest);
            var descriptor = Descriptor(ManifestType, manifest);
            descriptor["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
            manifests.Add(descriptor);
        }

        return tree.WriteText(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = IndexType,
            ["manifests"] = manifests,
        }.ToJsonString(Plain));
    }

    private static JsonObject Config(string name, string architecture, IReadOnlyList<Blob> layers) => new()
    {
        ["created"] = "2024-05-01T12:00:00Z",
        ["architecture"] = architecture,
        ["os"] = "linux",
        ["config"] = new JsonObject
        {
            ["Env"] = new JsonArray("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ["Entrypoint"] = new JsonArray("/usr/bin/entrypoint"),
            ["Labels"] = new JsonObject { ["org.opencontainers.image.title"] = name },
        },
        // The layers hold noise, so there is nothing unpacked to name: each stands for itself.
        ["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. layers.Select(layer => JsonValue.Create(layer.Digest))]),
        },
        ["history"] = new JsonArray([.. layers.Select((layer, i) => new JsonObject
        {
            ["created"] = "2024-05-01T12:00:00Z",
            ["created_by"] = $"/bin/sh -c #(nop) COPY step {i} of {name}, {layer.Size} bytes",
        })]),
    };

    private static JsonObject Descriptor(string mediaType, Blob blob) => new()
    {
        ["mediaType"] = mediaType,
        ["size"] = blob.Size,
        ["digest"] = blob.Digest,
    };
}

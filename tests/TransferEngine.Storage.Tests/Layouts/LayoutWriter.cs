using System.Text;
using System.Text.Json.Nodes;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>Writes a layout by hand, sound or not.</summary>
internal sealed class LayoutWriter
{
    private readonly string _root;
    private readonly JsonArray _entries = [];

    public LayoutWriter(string root)
    {
        _root = root;
        Directory.CreateDirectory(Path.Join(root, "blobs", "sha256"));
        File.WriteAllText(Path.Join(root, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    public string BlobPath(Digest digest) => Path.Join(_root, "blobs", digest.Algorithm, digest.Hex);

    public Descriptor AddBlob(ReadOnlySpan<byte> content, string mediaType = "")
    {
        var digest = Digest.OfSha256(content);
        File.WriteAllBytes(BlobPath(digest), content);
        return new Descriptor(mediaType, digest, content.Length);
    }

    public Descriptor AddImage(string layer, Descriptor? subject = null) => AddBlob(
        ManifestWriter.Image(new ImageSpec(AddBlob("{}"u8), [AddBlob(Encoding.UTF8.GetBytes(layer))]) { Subject = subject }), MediaType.OciManifest);

    public Descriptor AddIndex(params IReadOnlyList<Descriptor> children) => AddBlob(ManifestWriter.Index(children, ManifestFormat.Oci), MediaType.OciIndex);

    /// <summary>An index whose entries have names, as a list of images.</summary>
    public Descriptor AddList(params (Descriptor Descriptor, string Name)[] entries)
    {
        var list = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = new JsonArray([.. entries.Select(entry => Entry(entry.Descriptor, entry.Name))]) };
        return AddBlob(Encoding.UTF8.GetBytes(list.ToJsonString()), MediaType.OciIndex);
    }

    public LayoutWriter Name(Descriptor descriptor, string? name = null, string? containerdName = null, string? kind = null)
    {
        _entries.Add(Entry(descriptor, name, containerdName, kind));
        return this;
    }

    public LayoutWriter NameRaw(string json)
    {
        _entries.Add(JsonNode.Parse(json));
        return this;
    }

    public void Finish() => Finish(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = _entries }.ToJsonString());

    public void Finish(string index) => File.WriteAllText(Path.Join(_root, "index.json"), index);

    private static JsonObject Entry(Descriptor descriptor, string? name, string? containerdName = null, string? kind = null)
    {
        var entry = new JsonObject { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
        var annotations = new JsonObject();
        if (name is not null)
            annotations["org.opencontainers.image.ref.name"] = name;
        if (containerdName is not null)
            annotations["io.containerd.image.name"] = containerdName;
        if (kind is not null)
            annotations["kind"] = kind;
        if (annotations.Count > 0)
            entry["annotations"] = annotations;
        return entry;
    }
}

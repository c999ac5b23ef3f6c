using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferEngine.Images;

/// <summary>How a list of referrers names a manifest (distribution specification, "Listing Referrers").</summary>
public static class ReferrerDescriptor
{
    /// <summary>
    /// The descriptor with the manifest's annotations and its artifact type; of an image manifest without one, its config's media type
    /// stands for it.
    /// </summary>
    public static JsonObject Of(Manifest manifest)
    {
        using var document = ManifestJson.Parse(manifest.Bytes);
        var content = document.RootElement;
        var type = ManifestJson.TextOf(ManifestJson.Find(content, "artifactType")) is { Length: > 0 } stated ? stated
            : ManifestJson.Find(content, "config") is { } config ? ManifestJson.TextOf(ManifestJson.Find(config, "mediaType"))
            : null;
        var descriptor = new JsonObject
        {
            ["mediaType"] = manifest.MediaType,
            ["digest"] = manifest.Digest.ToString(),
            ["size"] = manifest.Bytes.Length,
        };
        if (!string.IsNullOrEmpty(type))
            descriptor["artifactType"] = type;
        if (ManifestJson.Find(content, "annotations") is { ValueKind: JsonValueKind.Object } annotations)
            descriptor["annotations"] = Texts(annotations);
        return descriptor;
    }

    /// <summary>Texts only, as the specification has it: at anything else a client would refuse the whole list.</summary>
    private static JsonObject Texts(JsonElement annotations)
    {
        var texts = new JsonObject();
        foreach (var (name, text) in annotations.EnumerateObject().Select(one => (ManifestJson.NameOf(one), ManifestJson.TextOf(one.Value))))
            if (name is not null && text is not null)
                texts[name] = text;
        return texts;
    }
}

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
        var content = JsonNode.Parse(manifest.Bytes.Span)!.AsObject();
        var type = Text(content["artifactType"]) is { Length: > 0 } stated ? stated : Text((content["config"] as JsonObject)?["mediaType"]);
        var descriptor = new JsonObject
        {
            ["mediaType"] = manifest.MediaType,
            ["digest"] = manifest.Digest.ToString(),
            ["size"] = manifest.Bytes.Length,
        };
        if (!string.IsNullOrEmpty(type))
            descriptor["artifactType"] = type;
        if (content["annotations"] is JsonObject annotations)
            descriptor["annotations"] = annotations.DeepClone();
        return descriptor;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}

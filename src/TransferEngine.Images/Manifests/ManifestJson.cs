using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferEngine.Images;

/// <summary>
/// JSON of manifests, indexes and what is like them, with the meaning that Go's reader gives it (encoding/json, "Unmarshal"), by which
/// registries and builders read it: a key counts in any case of its letters, and of a key that is repeated the last.
/// </summary>
public static class ManifestJson
{
    private const string Annotations = "annotations";

    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 32 };

    /// <exception cref="JsonException">It is no JSON, or nested more than 32 deep.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes) => JsonDocument.Parse(bytes, Bounded);

    /// <summary>The value of a key; null if the parent is no object, or has no such key.</summary>
    public static JsonElement? Find(JsonElement parent, string name)
    {
        JsonElement? found = null;
        if (parent.ValueKind == JsonValueKind.Object)
            foreach (var property in parent.EnumerateObject())
                if (IsNamed(property, name))
                    found = property.Value;
        return found;
    }

    /// <summary>The text of a value; null if it is none, or holds what is no Unicode.</summary>
    public static string? TextOf(JsonElement? value)
    {
        try
        {
            return value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        }
        // The parser looks into strings only when they are read, and then calls bad UTF-8 or UTF-16 an invalid operation.
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// An object to be changed and written again: each key once, found in any case but below annotations, whose keys are their user's.
    /// Keys and texts that are no Unicode are left out, as they can't be written.
    /// </summary>
    /// <exception cref="JsonException">It is no JSON, no object, or nested more than 32 deep.</exception>
    public static JsonObject ParseObject(ReadOnlyMemory<byte> bytes)
    {
        using var document = Parse(bytes);
        return ToNode(document.RootElement, isMap: false) as JsonObject ?? throw new JsonException("It is no JSON object.");
    }

    private static JsonNode? ToNode(JsonElement value, bool isMap) => value.ValueKind switch
    {
        JsonValueKind.Object => ToObject(value, isMap),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => ToNode(item, isMap: false))]),
        JsonValueKind.String => TextOf(value) is { } text ? JsonValue.Create(text) : null,
        JsonValueKind.Null => null,
        _ => JsonValue.Create(value.Clone()),
    };

    // Not the parser's own objects, which call a repeated key an error, and only when they are first looked into.
    private static JsonObject ToObject(JsonElement value, bool isMap)
    {
        var result = new JsonObject(new JsonNodeOptions { PropertyNameCaseInsensitive = !isMap });
        foreach (var property in value.EnumerateObject())
            if (NameOf(property) is { } name)
                result[name] = ToNode(property.Value, isMap: name.Equals(Annotations, StringComparison.OrdinalIgnoreCase));
        return result;
    }

    private static bool IsNamed(JsonProperty property, string name)
    {
        var written = JsonMarshal.GetRawUtf8PropertyName(property);
        return written.Contains((byte)'\\')
            ? name.Equals(NameOf(property), StringComparison.OrdinalIgnoreCase)
            : written.Length == name.Length && Ascii.EqualsIgnoreCase(written, name);
    }

    internal static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

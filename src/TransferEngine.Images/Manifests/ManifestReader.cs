using System.Text.Json;

namespace TransferEngine.Images;

/// <summary>
/// Reads Docker schema 2 manifests and lists, OCI manifests and indexes (image specification 1.1,
/// "manifest.md" and "image-index.md"). Untrusted input: sizes, digests and shapes are checked here, once.
/// </summary>
public static class ManifestReader
{
    private const int MaxDescriptors = 10_000;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 32 };

    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.ManifestInvalid"/>, <see cref="ErrorCode.ManifestTooLarge"/>,
    /// <see cref="ErrorCode.ManifestDigestMismatch"/> or <see cref="ErrorCode.Schema1Unsupported"/>.
    /// </exception>
    public static Manifest Read(ReadOnlyMemory<byte> bytes, Digest digest)
    {
        if (bytes.Length > Manifest.MaxBytes)
            throw Failed(ErrorCode.ManifestTooLarge, digest, $"The manifest is larger than {Manifest.MaxBytes} bytes, which no registry takes.");
        if (digest.SameAlgorithmOver(bytes.Span) != digest)
            throw Failed(ErrorCode.ManifestDigestMismatch, digest, "The manifest's bytes do not match its digest: it is damaged.");
        try
        {
            using var document = JsonDocument.Parse(bytes, JsonOptions);
            return Read(document.RootElement, bytes, digest);
        }
        // The parser looks into strings only when they are read, and then calls bad UTF-8 or UTF-16 an invalid operation.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest is not JSON.", e);
        }
    }

    private static Manifest Read(JsonElement root, ReadOnlyMemory<byte> bytes, Digest digest)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest is not a JSON object.");
        var mediaType = FindMediaType(root, digest);
        if (MediaType.IsIndex(mediaType))
            return new Manifest(digest, mediaType, bytes) { Children = ReadArray(root, "manifests", digest), Subject = ReadSubject(root, digest) };
        if (!root.TryGetProperty("config", out var config))
            throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest has no config.");
        return new Manifest(digest, mediaType, bytes)
        {
            Blobs = [ReadDescriptor(config, digest), .. ReadArray(root, "layers", digest)],
            Subject = ReadSubject(root, digest),
        };
    }

    private static string FindMediaType(JsonElement root, Digest digest)
    {
        var stated = root.TryGetProperty("mediaType", out var field) && field.ValueKind == JsonValueKind.String ? field.GetString() : null;
        var schema = root.TryGetProperty("schemaVersion", out var version) && version.ValueKind == JsonValueKind.Number
            && version.TryGetInt32(out var number) ? number : 0;
        if (schema == 1 || MediaType.IsSchema1(stated))
            throw new TransferException(new TransferError(ErrorCode.Schema1Unsupported,
                "The image has a Docker schema 1 manifest, a format that registries no longer take.")
            { Digest = digest, Hint = "Pull and push it once with a current docker to convert it." });
        if (MediaType.IsIndex(stated) || MediaType.IsManifest(stated))
            return stated!;
        if (!string.IsNullOrEmpty(stated))
            throw Failed(ErrorCode.ManifestInvalid, digest, $"The manifest has the unknown media type '{Printable.Of(stated)}'.");
        // OCI lets mediaType be left out; then the shape tells (distribution does the same).
        return root.TryGetProperty("manifests", out _) ? MediaType.OciIndex
            : root.TryGetProperty("config", out _) ? MediaType.OciManifest
            : throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest has neither a media type nor a known shape.");
    }

    private static Descriptor? ReadSubject(JsonElement root, Digest digest) =>
        root.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.Object ? ReadDescriptor(subject, digest) : null;

    private static List<Descriptor> ReadArray(JsonElement root, string property, Digest digest)
    {
        if (!root.TryGetProperty(property, out var array) || array.ValueKind == JsonValueKind.Null)
            return [];
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaxDescriptors)
            throw Failed(ErrorCode.ManifestInvalid, digest, $"The manifest's '{property}' is no array, or has over {MaxDescriptors} entries.");
        var descriptors = new List<Descriptor>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
            descriptors.Add(ReadDescriptor(element, digest));
        return descriptors;
    }

    private static Descriptor ReadDescriptor(JsonElement element, Digest manifest)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("digest", out var digestField) || digestField.ValueKind != JsonValueKind.String
            || !Digest.TryParse(digestField.GetString(), out var digest))
            throw Failed(ErrorCode.ManifestInvalid, manifest, "The manifest names content by no valid digest.");
        if (!element.TryGetProperty("size", out var sizeField) || sizeField.ValueKind != JsonValueKind.Number
            || !sizeField.TryGetInt64(out var size) || size < 0)
            throw Failed(ErrorCode.ManifestInvalid, manifest, $"The manifest gives no valid size for {digest}.");
        var mediaType = element.TryGetProperty("mediaType", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";
        var hasUrls = element.TryGetProperty("urls", out var urls) && urls.ValueKind == JsonValueKind.Array && urls.GetArrayLength() > 0;
        return new Descriptor(mediaType, digest, size, hasUrls);
    }

    private static TransferException Failed(string code, Digest digest, string message, Exception? inner = null) =>
        new(new TransferError(code, message) { Digest = digest }, inner);
}

using System.Text.Json;

namespace TransferEngine.Images;

/// <summary>
/// Reads Docker schema 2 manifests and lists, OCI manifests and indexes (image specification 1.1,
/// "manifest.md" and "image-index.md"). Untrusted input: digests and shapes are checked here, once. What a manifest says of sizes is
/// no more than a hint: the digest proves the bytes.
/// </summary>
public static class ManifestReader
{
    private const int MaxDescriptors = 10_000;

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
            using var document = ManifestJson.Parse(bytes);
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
        var subject = ManifestJson.Find(root, "subject") is { ValueKind: JsonValueKind.Object } named ? ReadDescriptor(named, digest) : null;
        if (MediaType.IsIndex(mediaType))
        {
            var entries = ReadArray(root, "manifests", digest).ToLookup(entry => MediaType.IsListedManifest(entry.MediaType));
            return new Manifest(digest, mediaType, bytes) { Children = [.. entries[true]], Blobs = [.. entries[false]], Subject = subject };
        }
        if (ManifestJson.Find(root, "config") is not { } config)
            throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest has no config.");
        return new Manifest(digest, mediaType, bytes) { Blobs = [ReadDescriptor(config, digest), .. ReadArray(root, "layers", digest)], Subject = subject };
    }

    private static string FindMediaType(JsonElement root, Digest digest)
    {
        var written = ManifestJson.Find(root, "mediaType") is { ValueKind: JsonValueKind.String } field ? field.GetString()! : "";
        var stated = MediaType.Normalize(written);
        var schema = ManifestJson.Find(root, "schemaVersion") is { ValueKind: JsonValueKind.Number } version && version.TryGetInt32(out var number) ? number : 0;
        if (schema == 1 || MediaType.IsSchema1(stated))
            throw new TransferException(new TransferError(ErrorCode.Schema1Unsupported,
                "The image has a Docker schema 1 manifest, a format that registries no longer take.")
            { Digest = digest, Hint = "Pull and push it once with a current docker to convert it." });
        if (MediaType.IsIndex(stated) || MediaType.IsManifest(stated))
            return stated;
        if (stated.Length > 0)
            throw Failed(ErrorCode.ManifestInvalid, digest, $"The manifest has the unknown media type '{Printable.Of(written)}'.");
        // OCI lets mediaType be left out; then the shape tells (distribution does the same).
        return ManifestJson.Find(root, "manifests") is not null ? MediaType.OciIndex
            : ManifestJson.Find(root, "config") is not null ? MediaType.OciManifest
            : throw Failed(ErrorCode.ManifestInvalid, digest, "The manifest has neither a media type nor a known shape.");
    }

    private static List<Descriptor> ReadArray(JsonElement root, string property, Digest digest)
    {
        if (ManifestJson.Find(root, property) is not { ValueKind: not JsonValueKind.Null } array)
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
        if (ManifestJson.Find(element, "digest") is not { ValueKind: JsonValueKind.String } named || !Digest.TryParse(named.GetString(), out var digest))
            throw Failed(ErrorCode.ManifestInvalid, manifest, "The manifest names content by no valid digest.");
        var mediaType = ManifestJson.Find(element, "mediaType") is { ValueKind: JsonValueKind.String } type ? type.GetString()! : "";
        var hasUrls = ManifestJson.Find(element, "urls") is { ValueKind: JsonValueKind.Array } urls && urls.GetArrayLength() > 0;
        return new Descriptor(mediaType, digest, ReadSize(element, digest, manifest), hasUrls);
    }

    /// <summary>One that is left out, or that no content can have, is none; what Go's reader takes for no number is refused.</summary>
    private static long ReadSize(JsonElement element, Digest digest, Digest manifest)
    {
        if (ManifestJson.Find(element, "size") is not { ValueKind: not JsonValueKind.Null } stated)
            return Descriptor.UnknownSize;
        if (stated.ValueKind != JsonValueKind.Number || !stated.TryGetInt64(out var size))
            throw Failed(ErrorCode.ManifestInvalid, manifest, $"The manifest gives no valid size for {digest}.");
        return Math.Max(size, Descriptor.UnknownSize);
    }

    private static TransferException Failed(string code, Digest digest, string message, Exception? inner = null) =>
        new(new TransferError(code, message) { Digest = digest }, inner);
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// Any source with only some platforms of its indexes. An index that loses entries is another index with another digest: that is what
/// the images of this source have, so that the run, its journal and a later verification all agree. Images that are no index stay
/// as they are. An index with none of the platforms is an image with an error.
/// </summary>
public sealed class PlatformSelection(IImageSource source, IReadOnlyList<Platform> platforms) : DelegatingSource(source)
{
    // Media types hold plus signs, which need no escape.
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // From the digest of a narrowed index to that of the one it was made from.
    private readonly ConcurrentDictionary<Digest, Digest> _originals = new();

    /// <summary>The source with these platforms only; itself if none are named.</summary>
    public static IImageSource Narrow(IImageSource source, IReadOnlyList<Platform> platforms) =>
        platforms.Count == 0 ? source : new PlatformSelection(source, platforms);

    /// <summary>The source's own, with the platforms: another choice is another job.</summary>
    public override string Endpoint => $"{Inner.Endpoint} for {string.Join(", ", platforms)}";

    /// <summary>The source with all platforms.</summary>
    internal IImageSource Whole => Inner;

    /// <summary>How many indexes were narrowed so far, and so have another digest than at the Inner.</summary>
    public int Narrowed => _originals.Count;

    public override async IAsyncEnumerable<SourceImage> ListImagesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var image in Inner.ListImagesAsync(repository, untagged, cancellationToken))
            yield return await NarrowAsync(repository, image, cancellationToken);
    }

    public override async ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        await Inner.FindImageAsync(repository, reference, cancellationToken) is { } image ? await NarrowAsync(repository, image, cancellationToken) : null;

    public override async ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        if (!_originals.TryGetValue(digest, out var original))
            return await Inner.ReadManifestAsync(repository, digest, cancellationToken);
        return Narrow(await Inner.ReadManifestAsync(repository, original, cancellationToken));
    }

    public override IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        // What refers to the whole index does not speak of the narrowed one.
        _originals.ContainsKey(subject) ? AsyncEnumerable.Empty<Digest>() : Inner.ListReferrersAsync(repository, subject, cancellationToken);

    public override IReadOnlyList<string> Notes => Narrowed == 0 ? Inner.Notes
        : [.. Inner.Notes, $"{Narrowed} multi-platform images were cut to {string.Join(", ", platforms)}: they have other digests than at the Inner."];

    private async Task<SourceImage> NarrowAsync(RepositoryName repository, SourceImage image, CancellationToken cancellationToken)
    {
        if (image.Digest is not { } digest)
            return image;
        try
        {
            var manifest = await Inner.ReadManifestAsync(repository, digest, cancellationToken);
            // An index of blobs alone, a build's cache, is for no platform.
            if (!manifest.IsIndex || (manifest.Children.Count == 0 && manifest.Blobs.Count > 0))
                return image;
            var narrowed = Narrow(manifest);
            if (narrowed.Digest == digest)
                return image;
            _originals[narrowed.Digest] = digest;
            return image with { Digest = narrowed.Digest };
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return image with { Digest = null, Error = e.Error with { Repository = repository, Digest = digest } };
        }
    }

    /// <summary>The same index with the wanted entries only; itself if all are wanted.</summary>
    private Manifest Narrow(Manifest index)
    {
        var content = ManifestJson.ParseObject(index.Bytes);
        // An index need not have any.
        var entries = content["manifests"] as JsonArray ?? [];
        var kept = entries.Where(IsWanted).Select(entry => entry!.DeepClone()).ToArray();
        if (kept.Length == entries.Count)
            return index;
        if (kept.Length == 0)
            throw new TransferException(new TransferError(ErrorCode.PlatformMissing, $"The index {index.Digest} has no image for {string.Join(", ", platforms)}.") { Digest = index.Digest });
        content["manifests"] = new JsonArray(kept);
        var bytes = Encoding.UTF8.GetBytes(content.ToJsonString(AsWritten));
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }

    private bool IsWanted(JsonNode? entry) => (entry as JsonObject)?["platform"] is JsonObject platform
        && platforms.Any(wanted => wanted.Takes(platform["os"]?.ToString(), platform["architecture"]?.ToString(), platform["variant"]?.ToString()));
}

using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    // Media types hold plus signs, which need no escape.
    private static readonly JsonSerializerOptions PlainText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly KeyedTurns<(RepositoryName, Digest)> _referrersTurns = new();

    /// <summary>
    /// Where a registry does not list referrers itself, the client keeps an index of them under a tag named after the subject
    /// (specification, "Referrers Tag Schema"): read, changed and written, by one at a time for each subject. The one GET of
    /// manifests that a target sees, as there is no other way to it.
    /// </summary>
    private async Task AddToReferrersTagAsync(RepositoryName repository, Digest subject, Manifest referrer, CancellationToken cancellationToken)
    {
        using var turn = await _referrersTurns.EnterAsync((repository, subject), cancellationToken);
        var tag = Tag.Parse($"{subject.Algorithm}-{subject.Hex}"[..Math.Min(Tag.MaxLength, subject.Algorithm.Length + 1 + subject.Hex.Length)]);
        var index = await ReadReferrersTagAsync(repository, tag, referrer.Digest, cancellationToken);
        var listed = index["manifests"]!.AsArray();
        if (listed.Any(item => (item as JsonObject)?["digest"]?.ToString() == referrer.Digest.ToString()))
            return;
        listed.Add(ReferrerDescriptor.Of(referrer));
        var bytes = Encoding.UTF8.GetBytes(index.ToJsonString(PlainText));
        // The list itself is listed nowhere, whatever subject it may name: that could be the one whose turn this is.
        await StoreManifestAsync(repository, tag, ManifestReader.Read(bytes, Digest.OfSha256(bytes)), cancellationToken);
    }

    private async Task<JsonObject> ReadReferrersTagAsync(RepositoryName repository, Tag tag, Digest referrer, CancellationToken cancellationToken)
    {
        var subject = AboutManifest("the list of referrers", repository, tag, referrer);
        var address = At(repository, $"manifests/{tag}");
        using var response = await _transport.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, address);
            // Of any type: what is hidden for its type would be taken for nothing, and replaced.
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            return request;
        }, PullScope(repository), subject, cancellationToken, Manifest.MaxBytes);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = new JsonArray() };
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        return FindList(await BoundedBody.ReadAsync(response, Manifest.MaxBytes, cancellationToken)) ?? throw new TransferException(
            subject.Error(ErrorCode.TargetRejected, $"The tag {tag}, under which the list of referrers would be kept here, names an image: it is left as it is.")
            with { Hint = "Give that image another tag, or use a registry that lists referrers itself." });
    }

    // Read by the one who checks manifests, so that what is no such list is left alone.
    private static JsonObject? FindList(byte[] bytes)
    {
        try
        {
            return ManifestReader.Read(bytes, Digest.OfSha256(bytes)).MediaType == MediaType.OciIndex && ManifestJson.ParseObject(bytes) is var index
                && index["manifests"] is JsonArray entries && entries.All(IsReferrer) ? index : null;
        }
        catch (Exception e) when (e is TransferException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    // Whoever makes such a list states what each referrer is; an index of images states platforms. A referrer that is itself an index may have no type.
    private static bool IsReferrer(JsonNode? entry) =>
        entry is JsonObject descriptor && descriptor["platform"] is null
        && (descriptor["artifactType"] is not null || MediaType.IsIndex(descriptor["mediaType"]?.ToString()));
}

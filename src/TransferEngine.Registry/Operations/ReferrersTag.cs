using System.Collections.Concurrent;
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

    private readonly ConcurrentDictionary<(RepositoryName, Digest), SemaphoreSlim> _referrersTurns = new();

    /// <summary>
    /// Where a registry does not list referrers itself, the client keeps an index of them under a tag named after the subject
    /// (specification, "Referrers Tag Schema"): read, changed and written, by one at a time for each subject. The one GET of
    /// manifests that a target sees, as there is no other way to it.
    /// </summary>
    private async Task AddToReferrersTagAsync(RepositoryName repository, Digest subject, Manifest referrer, CancellationToken cancellationToken)
    {
        var turn = _referrersTurns.GetOrAdd((repository, subject), _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            var tag = Tag.Parse($"{subject.Algorithm}-{subject.Hex}"[..Math.Min(Tag.MaxLength, subject.Algorithm.Length + 1 + subject.Hex.Length)]);
            var index = await ReadReferrersTagAsync(repository, tag, cancellationToken);
            if (index["manifests"] is not JsonArray listed)
                index["manifests"] = listed = [];
            if (listed.Any(item => (item as JsonObject)?["digest"]?.ToString() == referrer.Digest.ToString()))
                return;
            listed.Add(ReferrerDescriptor.Of(referrer));
            var bytes = Encoding.UTF8.GetBytes(index.ToJsonString(PlainText));
            // The list itself is listed nowhere, whatever subject it may name: that could be the one whose turn this is.
            await StoreManifestAsync(repository, tag, ManifestReader.Read(bytes, Digest.OfSha256(bytes)), cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<JsonObject> ReadReferrersTagAsync(RepositoryName repository, Tag tag, CancellationToken cancellationToken)
    {
        var subject = About("the list of referrers", repository, tag);
        var address = At(repository, $"manifests/{tag}");
        using var response = await _transport.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", MediaType.OciIndex);
            return request;
        }, PullScope(repository), subject, cancellationToken, Manifest.MaxBytes);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = new JsonArray() };
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        var bytes = await RegistryErrors.ReadBoundedAsync(response, Manifest.MaxBytes, cancellationToken);
        // Read by the one who checks manifests, so that what is not an index is refused before it is changed.
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        return manifest.IsIndex ? ManifestJson.ParseObject(bytes) : throw Violation($"The tag {tag} should list referrers, but is no index.", subject);
    }
}

using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    // A registry that has no such endpoint says so at the first question, and is not asked again.
    private volatile bool _listsNoReferrers;

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /v2/&lt;name&gt;/referrers/&lt;digest&gt;</c> with paging ("Listing Referrers"). Registries older than 1.1 answer 404; what refers to
    /// an image is then found under the fallback tag, which is a tag like any other.
    /// </remarks>
    public async IAsyncEnumerable<Digest> ListReferrersAsync(
        RepositoryName repository, Digest subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var about = About("the list of referrers", repository, digest: subject);
        string? path = $"/v2/{repository}/referrers/{subject}";
        for (var pages = 0; path is not null && !_listsNoReferrers; pages++)
        {
            if (pages == MaxPages)
                throw SourceErrors.Violation("The registry's list of referrers does not end.", about);
            var (response, body) = await GetAsync(path, PullScope(repository), about, Manifest.MaxBytes, null, cancellationToken);
            using (response)
            {
                if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
                {
                    _listsNoReferrers = pages == 0;
                    yield break;
                }
                if (response.StatusCode != HttpStatusCode.OK)
                    throw await SourceErrors.RefusedAsync(response, about, new TransferError(ErrorCode.SourceUnreadable, "The registry's list of referrers can't be had."), cancellationToken);
                foreach (var digest in ReferrersIn(body, about))
                    yield return digest;
                path = NextLink.Find(response, new Uri(_transport.Base, path), _transport)?.PathAndQuery;
            }
        }
    }

    private static List<Digest> ReferrersIn(byte[] body, RequestSubject subject)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var digests = new List<Digest>();
            if (json.RootElement.TryGetProperty("manifests", out var list) && list.ValueKind == JsonValueKind.Array)
                foreach (var item in list.EnumerateArray())
                    digests.Add(Digest.Parse(item.GetProperty("digest").GetString()!));
            return digests;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentNullException)
        {
            throw SourceErrors.Violation("The registry's list of referrers can't be read.", subject);
        }
    }
}

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
        if (_listsNoReferrers)
            yield break;
        var about = AboutManifest("the list of referrers", repository, null, subject);
        var list = new PagedList(about, (page, token) => GetReferrersAsync(page, repository, about, token))
        { IsNone = response => IsNoReferrers(response.StatusCode), IsNoneWhenBare = true };
        var first = new Uri(_transport.Base, $"/v2/{repository}/referrers/{subject}");
        await foreach (var page in list.ReadAsync(first, "manifests", DigestIn, cancellationToken))
        {
            foreach (var digest in page ?? [])
                yield return digest;
        }
    }

    private async Task<HttpResponseMessage> GetReferrersAsync(Uri page, RepositoryName repository, RequestSubject about, CancellationToken cancellationToken)
    {
        var response = await GetPageAsync(page, PullScope(repository), about, cancellationToken);
        // That the repository or the subject is not known says nothing of other ones.
        if (IsNoReferrers(response.StatusCode) && !Proof.IsWebPage(response))
            _listsNoReferrers = !(await RegistryErrors.ReadAsync(response, cancellationToken)).Any(error => error.IsOfRequest);
        return response;
    }

    private static bool IsNoReferrers(HttpStatusCode status) =>
        status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

    private static Digest DigestIn(JsonElement descriptor) => Digest.Parse(descriptor.GetProperty("digest").GetString()!);
}

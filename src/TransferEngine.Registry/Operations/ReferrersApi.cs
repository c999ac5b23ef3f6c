using System.Net;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    private enum ReferrersApi
    {
        Unknown,
        IsThere,
        IsMissing,
    }

    private volatile ReferrersApi _referrersApi;

    /// <summary>
    /// Whether the registry lists referrers itself though it did not say so when one was put, as Harbor 2.9 does not
    /// (<c>GET /v2/&lt;name&gt;/referrers/&lt;digest&gt;</c>, specification, "Listing Referrers"). What one answer tells holds for the whole registry.
    /// </summary>
    private async Task<bool> ListsReferrersAsync(RepositoryName repository, Digest subject, Digest referrer, CancellationToken cancellationToken)
    {
        if (_referrersApi == ReferrersApi.Unknown)
            _referrersApi = await FindReferrersApiAsync(repository, subject, referrer, cancellationToken);
        return _referrersApi == ReferrersApi.IsThere;
    }

    private async Task<ReferrersApi> FindReferrersApiAsync(RepositoryName repository, Digest subject, Digest referrer, CancellationToken cancellationToken)
    {
        var about = AboutManifest("the list of referrers", repository, subject, referrer);
        var address = At(repository, $"referrers/{subject}");
        using var response = await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, address), PullScope(repository), about, cancellationToken, PagedList.MaxPageBytes);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when Proof.IsOfType(response, MediaType.OciIndex) => ReferrersApi.IsThere,
            // Harbor 2.9 calls it plain JSON, and lists nothing while the subject is not there, which may come last.
            HttpStatusCode.OK when HarborTarget.Is(_transport) => ReferrersApi.IsThere,
            // Of others that do so, what has just been put must be in it.
            HttpStatusCode.OK when Names(await BoundedBody.ReadAsync(response, PagedList.MaxPageBytes, cancellationToken), referrer) => ReferrersApi.IsThere,
            HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => ReferrersApi.IsMissing,
            _ => ReferrersApi.Unknown,
        };
    }

    private static bool Names(byte[] list, Digest referrer)
    {
        try
        {
            using var json = JsonDocument.Parse(list);
            return json.RootElement.GetProperty("manifests").EnumerateArray().Any(entry => entry.GetProperty("digest").ValueEquals(referrer.ToString()));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }
}

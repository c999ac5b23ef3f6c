using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks>
    /// <c>POST /v2/&lt;name&gt;/blobs/uploads/?mount=&lt;digest&gt;&amp;from=&lt;other&gt;</c> (specification, "Mounting a blob from another
    /// repository"). Refusals: Docker Hub 400, Harbor 401, others 403, 404 and 405.
    /// </remarks>
    public async Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken)
    {
        var subject = AboutBlob("the mount", repository, digest);
        var address = At(repository, $"blobs/uploads/?mount={digest}&from={Uri.EscapeDataString(from.ToString())}");
        using var response = await _transport.SendAsync(() => EmptyPost(address), Scopes.Mount(repository, from), subject, cancellationToken);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Created:
                return await IsMountedAsync(response, repository, digest, cancellationToken) ? MountResult.Mounted : MountResult.Refused;
            case HttpStatusCode.Accepted:
                return new MountResult(false, SessionOf(response, repository, 0, subject));
            case HttpStatusCode.Forbidden when await RegistryErrors.FromAsync(response, subject, cancellationToken) is { Error.Code: not ErrorCode.Denied } refusal:
                // Not the mount is unwanted, but any content: an upload would be refused for the same reason.
                throw refusal;
            case HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed:
            case HttpStatusCode.OK or HttpStatusCode.NoContent:
                // No answer to a mount: an upload will show.
                return MountResult.Refused;
            default:
                throw await RegistryErrors.FromAsync(response, subject, cancellationToken);
        }
    }

    // The specification wants the blob's location beside 201, registries give its digest too. What shows neither may be anybody's success.
    private async Task<bool> IsMountedAsync(HttpResponseMessage response, RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        if (Proof.Contradicts(response, digest))
            return false;
        return Proof.DigestOf(response) is not null || response.Headers.Contains("Location")
            || await HeadBlobAsync(repository, digest, cancellationToken) is not null;
    }

    private static HttpRequestMessage EmptyPost(Uri address) => new(HttpMethod.Post, address) { Content = new ByteArrayContent([]) };
}

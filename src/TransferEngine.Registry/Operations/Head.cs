using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>HEAD /v2/&lt;name&gt;/manifests/&lt;reference&gt;</c>. Without the OCI types in Accept, Harbor answers 404 for OCI manifests.</remarks>
    public async Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        var subject = About("to say whether it has the manifest", repository, reference);
        var address = At(repository, $"manifests/{reference}");
        using var response = await _transport.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Head, address);
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            return request;
        }, PullScope(repository), subject, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        if (DigestOf(response) is { } digest)
            return digest;
        return reference.Digest ?? throw Violation("The registry does not say which digest the tag names.", subject);
    }

    /// <inheritdoc/>
    /// <remarks><c>HEAD /v2/&lt;name&gt;/blobs/&lt;digest&gt;</c>.</remarks>
    public async Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        var subject = About("to say whether it has the blob", repository, digest: digest);
        var address = At(repository, $"blobs/{digest}");
        using var response = await _transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Head, address), PullScope(repository), subject, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        return response.Content.Headers.ContentLength ?? throw Violation("The registry does not say how long the blob is.", subject);
    }

    private static Digest? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;
}

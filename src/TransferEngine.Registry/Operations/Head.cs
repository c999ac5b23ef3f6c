using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>HEAD /v2/&lt;name&gt;/manifests/&lt;reference&gt;</c>. Without the OCI types in Accept, Harbor answers 404 for OCI manifests.</remarks>
    public async Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        var subject = AboutManifest("to say whether it has the manifest", repository, reference);
        using var response = await HeadAsync(repository, $"manifests/{reference}", MediaType.AcceptManifests, subject, cancellationToken);
        if (IsNotTold(response.StatusCode))
            return null;
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        var digest = Proof.ManifestDigest(response, reference, subject);
        // A digest that is not believed is found out by pushing; what a tag names there is no way to know.
        return digest is not null || reference.Digest is not null ? digest : throw subject.Violation("The registry does not say which digest the tag names.");
    }

    /// <inheritdoc/>
    /// <remarks><c>HEAD /v2/&lt;name&gt;/blobs/&lt;digest&gt;</c>.</remarks>
    public async Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        var subject = AboutBlob("to say whether it has the blob", repository, digest);
        using var response = await HeadAsync(repository, $"blobs/{digest}", null, subject, cancellationToken);
        if (IsNotTold(response.StatusCode))
            return null;
        await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
        return Proof.BlobLength(response, digest, subject);
    }

    private Task<HttpResponseMessage> HeadAsync(
        RepositoryName repository, string path, string? accept, RequestSubject subject, CancellationToken cancellationToken)
    {
        var address = At(repository, path);
        return _transport.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Head, address);
            if (accept is not null)
                request.Headers.TryAddWithoutValidation("Accept", accept);
            return request;
        }, PullScope(repository), subject, cancellationToken);
    }

    // Some registries let nobody look before a first push (Artifactory, GitLab): whether it is there shows when it is pushed.
    private static bool IsNotTold(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}

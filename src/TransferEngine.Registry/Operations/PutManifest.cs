using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>PUT /v2/&lt;name&gt;/manifests/&lt;reference&gt;</c> (specification, "Pushing Manifests").</remarks>
    public async Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        var listsReferrers = await StoreManifestAsync(repository, reference, manifest, cancellationToken);
        if (manifest.Subject is { } referredTo && !listsReferrers)
            await AddToReferrersTagAsync(repository, referredTo.Digest, manifest, cancellationToken);
    }

    /// <summary>The request itself. True if the registry says that it lists the manifest among its subject's referrers.</summary>
    private async Task<bool> StoreManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        var subject = About("the manifest", repository, reference, manifest.Digest);
        var address = At(repository, $"manifests/{reference}");
        using var response = await _transport.SendAsync(() =>
        {
            var content = new ReadOnlyMemoryContent(manifest.Bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue(manifest.MediaType);
            return new HttpRequestMessage(HttpMethod.Put, address) { Content = content };
        }, PushScope(repository), subject, cancellationToken);
        // The specification wants 201; some registries answer 200 or 202.
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
            await ThrowUnlessAsync(response, HttpStatusCode.Created, subject, cancellationToken);
        if (DigestOf(response) is { } stored && stored.Algorithm == manifest.Digest.Algorithm && stored != manifest.Digest)
            throw Violation($"The registry stored the manifest {manifest.Digest} as {stored}.", subject);
        // Without this header the registry lists no referrers ("Pushing Manifests with Subject").
        return response.Headers.Contains("OCI-Subject");
    }
}

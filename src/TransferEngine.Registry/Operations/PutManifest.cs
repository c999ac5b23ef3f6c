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
        var isListed = await StoreManifestAsync(repository, reference, manifest, cancellationToken);
        if (manifest.Subject is { } referredTo && !isListed && !await ListsReferrersAsync(repository, referredTo.Digest, manifest.Digest, cancellationToken))
            await AddToReferrersTagAsync(repository, referredTo.Digest, manifest, cancellationToken);
    }

    /// <summary>
    /// The request itself, until the manifest is proven to be there. True if the registry says that it lists it among its subject's referrers.
    /// </summary>
    private async Task<bool> StoreManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        var subject = AboutManifest("the manifest", repository, reference, manifest.Digest);
        for (var attempt = 0; ; attempt++)
        {
            using var response = await SendManifestAsync(repository, reference, manifest, subject, cancellationToken);
            if (await IsStoredAsync(response, attempt == 0, reference, manifest, subject, cancellationToken))
            {
                // Without this header the registry lists no referrers ("Pushing Manifests with Subject").
                return response.Headers.Contains("OCI-Subject");
            }
            if (attempt == _options.RetryTimes)
                throw await NotStoredAsync(response, manifest, subject, cancellationToken);
            await _transport.BackOffAsync(attempt, RetryReason.WrongAnswer, cancellationToken);
        }
    }

    private Task<HttpResponseMessage> SendManifestAsync(
        RepositoryName repository, Reference reference, Manifest manifest, RequestSubject subject, CancellationToken cancellationToken)
    {
        var address = At(repository, $"manifests/{reference}");
        return _transport.SendAsync(() =>
        {
            var content = new ReadOnlyMemoryContent(manifest.Bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue(manifest.MediaType);
            return new HttpRequestMessage(HttpMethod.Put, address) { Content = content };
        }, PushScope(repository), subject, cancellationToken);
    }

    /// <summary>
    /// The specification wants 201; some registries answer 200 or 202, but so does whoever else stands in between: then the digest has to be
    /// said, or the manifest to be found. False where another try may go better.
    /// </summary>
    private async Task<bool> IsStoredAsync(
        HttpResponseMessage response, bool isFirst, Reference reference, Manifest manifest, RequestSubject subject, CancellationToken cancellationToken)
    {
        if (await RegistryErrors.BlamesContentAsync(response, isFirst, cancellationToken))
            return false;
        if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.OK or HttpStatusCode.Accepted))
            throw await NotStoredAsync(response, manifest, subject, cancellationToken);
        if (Proof.Contradicts(response, manifest.Digest))
            throw subject.Violation($"The registry stored the manifest {manifest.Digest} as {Proof.DigestOf(response)}.");
        return response.StatusCode == HttpStatusCode.Created || Proof.DigestOf(response) == manifest.Digest
            || await HeadManifestAsync(subject.Repository!.Value, reference, cancellationToken) == manifest.Digest;
    }

    private static async Task<TransferException> NotStoredAsync(
        HttpResponseMessage response, Manifest manifest, RequestSubject subject, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return subject.Passing(ErrorCode.ProtocolViolation, $"The registry answers status {(int)response.StatusCode} to the manifest, but does not have it then.");
        var refusal = await RegistryErrors.FromAsync(response, subject, cancellationToken);
        return refusal.Error.Hint is not null || !manifest.Blobs.Any(blob => blob.IsForeign) ? refusal : new TransferException(refusal.Error with
        {
            Hint = "The image has layers that are not to be redistributed: the registry must be told to take their addresses "
                + "(docker-registry: validation.manifests.urls.allow).",
        });
    }
}

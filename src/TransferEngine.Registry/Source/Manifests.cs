using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    private static readonly Action<HttpRequestHeaders> AcceptManifests =
        headers => headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);

    /// <inheritdoc/>
    /// <remarks><c>GET /v2/&lt;name&gt;/manifests/&lt;digest&gt;</c> (specification, "Pulling Manifests"), once per digest.</remarks>
    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        _manifests.GetAsync(digest, token => ReadOnceMoreAsync(repository, digest, token), cancellationToken);

    // What does not fit its digest is fetched once more: something on the way may have cut it short, and its length with it.
    private async Task<Manifest> ReadOnceMoreAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return ManifestReader.Read(await GetManifestAsync(repository, digest, cancellationToken), digest);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.ManifestDigestMismatch)
        {
            return ManifestReader.Read(await GetManifestAsync(repository, digest, cancellationToken), digest);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>HEAD /v2/&lt;name&gt;/manifests/&lt;reference&gt;</c>; GET where the registry does not take HEAD or leaves
    /// <c>Docker-Content-Digest</c> out.
    /// </remarks>
    public async ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        try
        {
            return new SourceImage(reference.ToString(), reference.Tag, await ResolveAsync(repository, reference, cancellationToken));
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.ManifestMissing)
        {
            return null;
        }
    }

    private async Task<Digest> ResolveAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        var subject = AboutManifest("to say which manifest that is", repository, reference);
        using (var response = await SendAsync(HttpMethod.Head, ManifestPath(repository, reference), PullScope(repository), subject, AcceptManifests, cancellationToken))
        {
            if (response.StatusCode == HttpStatusCode.OK && Proof.ManifestDigest(response, reference, subject) is { } digest)
                return digest;
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented))
                throw await SourceErrors.RefusedAsync(response, subject, Missing(repository, reference), cancellationToken);
        }
        var bytes = await GetManifestAsync(repository, reference, cancellationToken);
        return Keep(bytes, reference.Digest ?? Digest.OfSha256(bytes));
    }

    private Digest Keep(byte[] bytes, Digest digest)
    {
        try
        {
            _manifests.Add(ManifestReader.Read(bytes, digest));
        }
        catch (TransferException)
        {
            // What is wrong with it is said when it is read: the tag names it all the same.
        }
        return digest;
    }

    private async Task<byte[]> GetManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        var subject = AboutManifest("the manifest", repository, reference, reference.Digest);
        // One byte more than is allowed, so that the reader sees what is too large without our holding it all.
        var (response, body) = await GetAsync(
            ManifestPath(repository, reference), PullScope(repository), subject, Manifest.MaxBytes + 1, AcceptManifests, cancellationToken);
        using (response)
        {
            if (response.StatusCode != HttpStatusCode.OK)
                throw await SourceErrors.RefusedAsync(response, subject, Missing(repository, reference), cancellationToken);
            return body;
        }
    }

    private TransferError Missing(RepositoryName repository, Reference reference) =>
        new(ErrorCode.ManifestMissing, $"{_endpoint.Host} does not have the manifest of {new ImageReference(repository, reference)}, though it names it.")
        { Hint = "Push the image again, or delete the tag." };

    private static string ManifestPath(RepositoryName repository, Reference reference) => $"/v2/{repository}/manifests/{reference}";
}

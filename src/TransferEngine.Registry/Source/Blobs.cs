using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    /// <inheritdoc/>
    /// <remarks><c>HEAD /v2/&lt;name&gt;/blobs/&lt;digest&gt;</c>.</remarks>
    public async ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        var subject = AboutBlob("to say whether it has the blob", repository, digest);
        using var response = await SendAsync(HttpMethod.Head, BlobPath(repository, digest), PullScope(repository), subject, null, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        if (response.StatusCode != HttpStatusCode.OK)
            throw await SourceErrors.RefusedAsync(response, subject, MissingBlob(digest), cancellationToken);
        return Proof.BlobLength(response, digest, subject);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /v2/&lt;name&gt;/blobs/&lt;digest&gt;</c> (specification, "Pulling blobs"), from an offset by <c>Range</c>. Where the stream breaks
    /// it goes on by Range at its position, so that whoever reads it, and the upload behind, need not begin anew.
    /// </remarks>
    public async ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var subject = AboutBlob("the blob", repository, digest);
        var stream = new ResumingStream(_transport, _options, subject, (from, token) => GetBlobAsync(repository, digest, from, subject, token), offset);
        try
        {
            await stream.OpenAsync(cancellationToken);
            return new BlobContentStream(stream, stream.BlobLength);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<HttpResponseMessage> GetBlobAsync(
        RepositoryName repository, Digest digest, long offset, RequestSubject subject, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, BlobPath(repository, digest), PullScope(repository), subject,
            offset == 0 ? null : headers => headers.Range = new RangeHeaderValue(offset, null), cancellationToken);
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent || (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && offset > 0))
            return response;
        using (response)
            throw await SourceErrors.RefusedAsync(response, subject, MissingBlob(digest), cancellationToken);
    }

    private TransferError MissingBlob(Digest digest) =>
        new(ErrorCode.BlobMissing, $"{_endpoint.Host} does not have the blob {digest}.") { Hint = "Look for it in a backup, or push the image again." };

    private static string BlobPath(RepositoryName repository, Digest digest) => $"/v2/{repository}/blobs/{digest}";
}

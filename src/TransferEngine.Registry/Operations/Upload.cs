using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>POST /v2/&lt;name&gt;/blobs/uploads/</c>.</remarks>
    public async Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var subject = About("to open an upload", repository);
        var address = At(repository, "blobs/uploads/");
        using var response = await _transport.SendAsync(() => EmptyPost(address), PushScope(repository), subject, cancellationToken);
        await ThrowUnlessAsync(response, HttpStatusCode.Accepted, subject, cancellationToken);
        return SessionOf(response, repository, 0, subject);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// One <c>PUT &lt;location&gt;?digest=&lt;digest&gt;</c> with what is missing ("POST then PUT"): registries append its body to what the
    /// session holds.
    /// </remarks>
    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        var subject = About("the blob", session.Repository, digest: blob.Digest);
        using var watch = _transport.WatchIdleness(cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, WithDigest(session.Location, blob.Digest));
            request.Content = new PipeContent(content, blob.Size - session.Offset, watch);
            request.Headers.ExpectContinue = blob.Size - session.Offset >= ExpectContinueFrom ? true : null;
            using var response = await _transport.SendOnceAsync(request, PushScope(session.Repository), subject, watch, cancellationToken);
            await ThrowUnlessAsync(response, HttpStatusCode.Created, subject, cancellationToken);
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET &lt;location&gt;</c>: 204 with <c>Range: 0-&lt;last byte&gt;</c>. <c>0-0</c> means none or one, so such a session is not taken up.
    /// </remarks>
    public async Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        var subject = About("to say how far an upload is", session.Repository);
        using var response = await _transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, session.Location), PushScope(session.Repository), subject, cancellationToken);
        if (response.StatusCode != HttpStatusCode.NoContent)
            return null;
        var range = response.Headers.TryGetValues("Range", out var values) || response.Content.Headers.TryGetValues("Range", out values) ? values.FirstOrDefault() : null;
        var last = range?.Split('-') is ["0" or "bytes=0", var end] && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        if (last > 0)
            return SessionOf(response, session.Repository, last + 1, subject);
        await CancelUploadAsync(session, cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    /// <remarks><c>DELETE &lt;location&gt;</c>. Some registries want the right to delete for it; then the session is left to expire.</remarks>
    public async Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, session.Location);
            using var watch = _transport.WatchIdleness(cancellationToken);
            using var response = await _transport.SendOnceAsync(request, PushScope(session.Repository), About("to cancel an upload", session.Repository), watch, cancellationToken);
        }
        catch (Exception e) when (e is TransferException or OperationCanceledException)
        {
            // A courtesy, as the contract says.
        }
    }

    // Absolute or relative, with a query that may be signed: kept to the letter. A location on another host gets no credentials.
    private UploadSession SessionOf(HttpResponseMessage response, RepositoryName repository, long offset, RequestSubject subject)
    {
        var text = response.Headers.TryGetValues("Location", out var values) ? values.FirstOrDefault() : null;
        if (string.IsNullOrEmpty(text))
            throw Violation("The registry opened an upload but does not say where.", subject);
        if (text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal))
            text = _transport.Base.GetLeftPart(UriPartial.Authority) + text;
        if (!Uri.TryCreate(text, AsWritten, out var location) || (location.Scheme != Uri.UriSchemeHttp && location.Scheme != Uri.UriSchemeHttps))
            throw Violation("The registry names an upload location that is no URL.", subject);
        if (_transport.Base.Scheme == Uri.UriSchemeHttps && location.Scheme == Uri.UriSchemeHttp)
        {
            // Behind a TLS proxy that the registry does not know of; content and credentials must not go in the clear.
            if (location.Host != _transport.Base.Host || !Uri.TryCreate(_transport.Base.GetLeftPart(UriPartial.Authority) + location.PathAndQuery, AsWritten, out location))
                throw Violation("The registry is reached by TLS, but wants the upload sent in the clear.", subject);
        }
        return new UploadSession(repository, location, offset);
    }

    private static Uri WithDigest(Uri location, Digest digest)
    {
        var text = location.OriginalString;
        return new Uri($"{text}{(text.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}", AsWritten);
    }

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
}

using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.ExceptionServices;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>POST /v2/&lt;name&gt;/blobs/uploads/</c>.</remarks>
    public async Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var subject = AboutList("to open an upload", repository);
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
        var subject = AboutBlob("the blob", session.Repository, blob.Digest);
        using var watch = _transport.WatchIdleness(cancellationToken);
        var body = new PipeContent(content, blob.Size - session.Offset, watch);
        try
        {
            if (session.Offset > blob.Size)
                throw subject.Passing(ErrorCode.UploadSessionLost, "The registry's upload session holds more than the blob has.");
            using var request = new HttpRequestMessage(HttpMethod.Put, WithDigest(session.Location, blob.Digest)) { Content = body };
            request.Headers.ExpectContinue = blob.Size - session.Offset >= ExpectContinueFrom ? true : null;
            using var response = await _transport.SendOnceAsync(request, PushScope(session.Repository), subject, watch, cancellationToken);
            if (Proof.Contradicts(response, blob.Digest))
                throw subject.Violation($"The registry stored the blob {blob.Digest} as {Proof.DigestOf(response)}.");
            if (response.StatusCode != HttpStatusCode.Created)
                await RequireStoredAsync(response, session.Repository, blob, subject, cancellationToken);
        }
        catch (Exception) when (body.Failure is not null)
        {
            // What the content itself ended with is the source's fault and keeps its name, whatever the request made of it.
            ExceptionDispatchInfo.Throw(body.Failure);
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    // The specification wants 201. Another success may be anybody's: then the blob has to be there.
    private async Task RequireStoredAsync(
        HttpResponseMessage response, RepositoryName repository, Descriptor blob, RequestSubject subject, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
            throw await RegistryErrors.FromAsync(response, subject, cancellationToken);
        if (await HeadBlobAsync(repository, blob.Digest, cancellationToken) != blob.Size)
            throw subject.Passing(ErrorCode.ProtocolViolation, $"The registry answers status {(int)response.StatusCode} to the blob, but does not have it then.");
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET &lt;location&gt;</c>: 204 with <c>Range: 0-&lt;last byte&gt;</c>. <c>0-0</c> means none or one, so such a session is not taken up.
    /// </remarks>
    public async Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        var subject = AboutList("to say how far an upload is", session.Repository);
        using var response = await _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, session.Location), PushScope(session.Repository), subject, cancellationToken);
        if (response.StatusCode != HttpStatusCode.NoContent)
            return null;
        if (LastByteOf(response) is > 0 and var last)
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
            var subject = AboutList("to cancel an upload", session.Repository);
            using var response = await _transport.SendOnceAsync(request, PushScope(session.Repository), subject, watch, cancellationToken);
        }
        catch (Exception e) when (e is TransferException or OperationCanceledException)
        {
            // A courtesy, as the contract says.
        }
    }

    private static long LastByteOf(HttpResponseMessage response)
    {
        var isStated = response.Headers.TryGetValues("Range", out var values) || response.Content.Headers.TryGetValues("Range", out values);
        return isStated && values!.First().Split('-') is ["0" or "bytes=0", var end] && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? last : 0;
    }

    // Absolute or relative, with a query that may be signed: kept to the letter. A location on another host gets no credentials.
    private UploadSession SessionOf(HttpResponseMessage response, RepositoryName repository, long offset, RequestSubject subject)
    {
        var text = response.Headers.TryGetValues("Location", out var values) ? values.FirstOrDefault() : null;
        if (string.IsNullOrEmpty(text))
            throw subject.Violation("The registry opened an upload but does not say where.");
        if (text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal))
            text = _transport.Base.GetLeftPart(UriPartial.Authority) + text;
        if (!Uri.TryCreate(text, AsWritten, out var location) || (location.Scheme != Uri.UriSchemeHttp && location.Scheme != Uri.UriSchemeHttps))
            throw subject.Violation("The registry names an upload location that is no URL.");
        if (_transport.Base.Scheme == Uri.UriSchemeHttps && location.Scheme == Uri.UriSchemeHttp)
        {
            // Behind a TLS proxy that the registry does not know of; content and credentials must not go in the clear.
            if (location.Host != _transport.Base.Host
                || !Uri.TryCreate(_transport.Base.GetLeftPart(UriPartial.Authority) + location.PathAndQuery, AsWritten, out location))
                throw subject.Violation("The registry is reached by TLS, but wants the upload sent in the clear.");
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

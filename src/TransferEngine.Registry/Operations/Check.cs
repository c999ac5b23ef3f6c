using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Whether a registry answers, over which scheme, and whether it takes the credentials: the first request to any registry.</summary>
internal sealed class RegistryCheck(RegistryTransport transport, RegistryEndpoint endpoint, RegistryOptions options)
{
    private readonly RegistryTransport _transport = transport;
    private readonly RegistryEndpoint _endpoint = endpoint;
    private readonly RegistryOptions _options = options;

    /// <summary>
    /// <c>GET /v2/</c> (specification, "Determining Support"). TLS is tried first; plain HTTP only on this machine or with the check
    /// switched off, as docker does. Credentials are tried out, since some servers answer wrong ones with an anonymous token.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var first = await AskUntilReadyAsync(FindSchemeAsync, cancellationToken);
        if (first.StatusCode == HttpStatusCode.OK && !Proof.IsPage(first))
            return;
        if (first.StatusCode != HttpStatusCode.Unauthorized)
            throw NotARegistry(first);
        var isBearer = await _transport.Authenticator.LearnAsync(first, null, "", cancellationToken);
        if (!isBearer)
            throw RegistryErrors.Unauthorized(_endpoint.Host, isAnonymous: true, _transport.Role);
        var authorization = await _transport.Authenticator.FindAsync("", cancellationToken);
        // Whoever has no token for the registry itself may still pull what is public in it.
        if (authorization is null && _transport.Role == RegistryRole.Source)
            return;
        using var second = await AskUntilReadyAsync(token => GetBaseAsync(_transport.Base, authorization, token), cancellationToken);
        if (second.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw RegistryErrors.Unauthorized(_endpoint.Host, isAnonymous: authorization is null, _transport.Role);
        if (second.StatusCode != HttpStatusCode.OK || Proof.IsPage(second))
            throw NotARegistry(second);
    }

    /// <summary>
    /// A registry that is being started, has too much to do, or can't be reached at the moment is asked again, but no longer than the
    /// ordinary number of tries takes: that nobody is there at all is to be told soon. A web page is asked about once more: what stands
    /// before a registry that is being started may answer with one.
    /// </summary>
    private async Task<HttpResponseMessage> AskUntilReadyAsync(Func<CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TransferException trouble;
            string reason;
            try
            {
                var response = await ask(cancellationToken);
                var isOnlyPage = attempt == 0 && _options.RetryTimes > 0 && response.StatusCode == HttpStatusCode.OK && Proof.IsPage(response);
                if (!RegistryErrors.IsPassing(response.StatusCode) && !isOnlyPage)
                    return response;
                response.Dispose();
                trouble = NotReady(response);
                reason = RetryReason.Of(response);
            }
            catch (TransferException e) when (e.IsTransient)
            {
                trouble = e;
                reason = RetryReason.Of(e.InnerException ?? e);
            }
            if (attempt == _options.RetryTimes)
                throw trouble;
            await _transport.BackOffAsync(attempt, reason, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> FindSchemeAsync(CancellationToken cancellationToken)
    {
        var mayBePlain = !_options.TlsVerify || _endpoint.IsLoopback;
        try
        {
            return await GetBaseAsync(_transport.Base, null, cancellationToken);
        }
        catch (TransferException e) when (mayBePlain && _transport.Base.Scheme == Uri.UriSchemeHttps && e.InnerException is HttpRequestException)
        {
            var plain = new Uri($"http://{_endpoint.Host}/");
            try
            {
                var response = await GetBaseAsync(plain, null, cancellationToken);
                // A TLS server tells a plain client that it is one by 400: then the first trouble is the real one.
                if (response.StatusCode != HttpStatusCode.BadRequest)
                {
                    _transport.Base = plain;
                    return response;
                }
                response.Dispose();
            }
            catch (TransferException second) when (!second.IsTransient || !SpeaksNoTls(e))
            {
                // The first trouble says more.
            }
            throw;
        }
    }

    // By the runtime's wording, as there is no other sign: what came instead of TLS is no frame of it.
    private static bool SpeaksNoTls(TransferException e) =>
        e.InnerException?.InnerException is AuthenticationException { Message: var message } && message.Contains("frame", StringComparison.Ordinal);

    private async Task<HttpResponseMessage> GetBaseAsync(Uri root, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, "/v2/"));
        request.Headers.Authorization = authorization;
        try
        {
            return await _transport.SendBareAsync(request, cancellationToken);
        }
        catch (Exception e) when (Silence.Is(e))
        {
            throw Silence.Error(e, new RequestSubject("the version check", _endpoint.Host) { Role = _transport.Role, Scope = ErrorScope.Endpoint });
        }
    }

    private TransferException NotReady(HttpResponseMessage response) =>
        new(new TransferError(ErrorCode.HostUnreachable, $"{_endpoint.Host} answers /v2/ with status {(int)response.StatusCode}: it is not ready.")
        { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, IsTransient = true, Hint = "Wait until the registry works, and run the same command again." });

    private TransferException NotARegistry(HttpResponseMessage response)
    {
        var answer = Proof.IsPage(response) ? "a web page" : $"status {(int)response.StatusCode}";
        return new(new TransferError(ErrorCode.NotARegistry, $"{_endpoint.Host} answers /v2/ with {answer}: it does not look like a registry.")
        { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Check host and port." });
    }
}

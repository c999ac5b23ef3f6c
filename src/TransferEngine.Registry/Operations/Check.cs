using System.Net;
using System.Net.Http.Headers;
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
        using var first = await FindReadyAsync(cancellationToken);
        if (first.StatusCode == HttpStatusCode.OK)
            return;
        if (first.StatusCode != HttpStatusCode.Unauthorized)
            throw NotARegistry(first);
        var isBearer = await _transport.Authenticator.LearnAsync(first, null, "", cancellationToken);
        if (!isBearer)
            throw RegistryErrors.Unauthorized(_endpoint.Host, isAnonymous: true);
        var authorization = await _transport.Authenticator.FindAsync("", cancellationToken);
        using var second = await GetBaseAsync(_transport.Base, authorization, cancellationToken);
        if (second.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw RegistryErrors.Unauthorized(_endpoint.Host, isAnonymous: false);
        if (second.StatusCode != HttpStatusCode.OK)
            throw NotARegistry(second);
    }

    /// <summary>A registry that has just been started, or has too much to do, is asked again.</summary>
    private async Task<HttpResponseMessage> FindReadyAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var response = await FindSchemeAsync(cancellationToken);
            if (!RegistryTransport.IsPassing(response.StatusCode))
                return response;
            using (response)
            {
                if (attempt == _options.RetryTimes)
                    throw new TransferException(new TransferError(ErrorCode.HostUnreachable, $"{_endpoint.Host} answers /v2/ with status {(int)response.StatusCode}: it is not ready.")
                    { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Wait until the registry works, and run the same command again." });
            }
            await _transport.BackOffAsync(attempt, cancellationToken);
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
            catch (TransferException)
            {
                // The first trouble says more.
            }
            throw;
        }
    }

    private async Task<HttpResponseMessage> GetBaseAsync(Uri root, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, "/v2/"));
        request.Headers.Authorization = authorization;
        try
        {
            return await _transport.SendBareAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
        {
            throw _transport.Silent(e, new RequestSubject("the version check", _endpoint.Host));
        }
    }

    private TransferException NotARegistry(HttpResponseMessage response) =>
        new(new TransferError(ErrorCode.NotARegistry, $"{_endpoint.Host} answers /v2/ with status {(int)response.StatusCode}: it does not look like a registry.")
        { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Check host and port." });
}

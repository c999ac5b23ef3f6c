using System.Net.Http.Headers;
using System.Net.Sockets;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Sends one request as it is: to the registry itself, or to where it sends its clients, its token server, a store, an upload's location.
/// Those are shown no certificate of the client, are believed by the system's roots alone, and are not followed into this network.
/// </summary>
internal sealed class HttpSender : IDisposable
{
    private static readonly ProductInfoHeaderValue UserAgent = new("transfer-engine", typeof(HttpSender).Assembly.GetName().Version!.ToString(3));

    private readonly RegistryOptions _options;
    private readonly RegistryTelemetry _telemetry;
    private readonly AddressGuard _guard;
    private readonly HttpMessageInvoker _own;
    private readonly HttpMessageInvoker _elsewhere;

    public HttpSender(RegistryEndpoint endpoint, RegistryOptions options, RegistryTelemetry telemetry)
    {
        _options = options;
        _telemetry = telemetry;
        _guard = new AddressGuard(endpoint.ApiHost);
        _own = new HttpMessageInvoker(HttpHandlers.Own(endpoint, options, _guard));
        _elsewhere = new HttpMessageInvoker(HttpHandlers.Elsewhere(options, _guard));
        Base = new Uri($"https://{endpoint.ApiHost}/");
    }

    /// <summary>Scheme and host of the registry.</summary>
    public Uri Base { get; set; }

    /// <summary>Called with each answer of the registry itself.</summary>
    public Action<HttpResponseMessage>? Answered { get; set; }

    /// <summary>Only the registry itself is given its credentials.</summary>
    public bool IsOwn(Uri uri) => uri.Scheme == Base.Scheme && uri.Authority == Base.Authority;

    /// <summary>The answer, whatever its status, with an error's body already read.</summary>
    /// <exception cref="TimeoutException">Connecting took too long, or nothing moved for too long.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IdleWatch watch, CancellationToken cancellationToken)
    {
        request.Headers.UserAgent.Add(UserAgent);
        var uri = request.RequestUri!;
        // The scheme is what the first request finds out.
        if (uri.Authority == Base.Authority)
            return await SendAsync(_own, request, watch, cancellationToken);
        try
        {
            await _guard.MarkAsync(request, watch.Token);
            return await SendAsync(uri.IdnHost == Base.IdnHost ? _own : _elsewhere, request, watch, cancellationToken);
        }
        catch (Exception e) when (Silence.Is(e) || e is TransferException)
        {
            throw new ElsewhereException(uri.Authority, e);
        }
    }

    public void Dispose()
    {
        _own.Dispose();
        _elsewhere.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker connections, HttpRequestMessage request, IdleWatch watch, CancellationToken cancellationToken)
    {
        var began = _telemetry.Begin();
        try
        {
            var response = await connections.SendAsync(request, watch.Token);
            _telemetry.Answered(began, request, response);
            if (request.RequestUri!.Authority == Base.Authority)
                Answered?.Invoke(response);
            // What an error says is taken at once, while its silence is watched.
            if ((int)response.StatusCode >= 400)
                BoundedBody.Hold(response, await BoundedBody.ReadErrorAsync(response, watch.Token));
            return response;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // The end of the time that connecting may take, the handshake included, looks like a cancellation.
            Exception silence = watch.IsIdle ? new TimeoutException($"no answer for {_options.IdleTimeout}", e)
                : e.InnerException is TimeoutException ? new TimeoutException($"no connection within {_options.ConnectTimeout}", e)
                : new IOException("the request was broken off", e);
            _telemetry.Unanswered(began, request, silence);
            throw silence;
        }
        catch (Exception e) when (Silence.Is(e))
        {
            _telemetry.Unanswered(began, request, e);
            throw;
        }
        catch (SocketException e)
        {
            // Reset as soon as it was made: the runtime asks the connection whose it is, and lets that failure out as it is.
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}

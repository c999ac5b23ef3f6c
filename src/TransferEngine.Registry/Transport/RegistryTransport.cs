using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Sends requests to one registry: with authorization, with new tries where a request can be sent again, and never past
/// an idle timeout. Answers are handed back whatever their status; only silence is an exception.
/// </summary>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;

    private static readonly ProductInfoHeaderValue UserAgent = new("transfer-engine", typeof(RegistryTransport).Assembly.GetName().Version!.ToString(3));

    private readonly RegistryEndpoint _endpoint;
    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly HostPause _pause;
    private readonly PullLimit _pullLimit;

    public RegistryTransport(RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time)
    {
        _endpoint = endpoint;
        _options = options;
        _time = time;
        _http = new HttpMessageInvoker(HttpHandlers.Create(endpoint, options));
        _pause = new HostPause(time, options.MaxRetryDelay);
        _pullLimit = new PullLimit(time);
        Authenticator = new Authenticator(endpoint, credentials, SendTokenRequestAsync, time);
        Base = new Uri($"https://{endpoint.ApiHost}/");
    }

    public Authenticator Authenticator { get; }

    /// <summary>Scheme and host; which scheme is found out once, by <see cref="RegistryCheck"/>.</summary>
    public Uri Base
    {
        get;
        set
        {
            field = value;
            Authenticator.IsTls = value.Scheme == Uri.UriSchemeHttps;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Sends a request that can be sent again: on silence and passing statuses it is, with back-off, and when the registry asks
    /// for other authorization.
    /// </summary>
    /// <param name="make">Makes the request anew for each try.</param>
    /// <param name="scope">Which token it takes.</param>
    /// <param name="subject">For errors.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="take">So many bytes of what 200 brings are read here, where they can be asked for again; 0 leaves the body to the caller.</param>
    public Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> make, string scope, RequestSubject subject, CancellationToken cancellationToken, int take = 0) => RetryAsync(async () =>
    {
        var response = await SendAuthorizedAsync(make, scope, cancellationToken);
        return take > 0 && response.StatusCode == HttpStatusCode.OK ? await TakeBodyAsync(response, take, cancellationToken) : response;
    }, subject, cancellationToken);

    // A token server has its bad moments as a registry has, and nothing goes on without it.
    private Task<HttpResponseMessage> SendTokenRequestAsync(Func<HttpRequestMessage> make, int take, CancellationToken cancellationToken) => RetryAsync(async () =>
    {
        using var request = make();
        return await TakeBodyAsync(await SendBareAsync(request, cancellationToken), take, cancellationToken);
    }, new RequestSubject("the token request", _endpoint.Host), cancellationToken);

    private async Task<HttpResponseMessage> RetryAsync(Func<Task<HttpResponseMessage>> send, RequestSubject subject, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TransferException silence;
            try
            {
                var response = await send();
                _pullLimit.Note(response);
                var isPaused = _pause.Note(response);
                if (!IsPassing(response.StatusCode) || attempt == _options.RetryTimes)
                    return response;
                var isSpent = response.StatusCode == HttpStatusCode.TooManyRequests && !isPaused && _pullLimit.IsSpent;
                response.Dispose();
                if (isSpent)
                    throw _pullLimit.Spent(_endpoint.Host);
                await (isPaused ? _pause.WaitAsync(cancellationToken) : BackOffAsync(attempt, cancellationToken));
                continue;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                silence = FindTransferException(e) ?? Silent(e, subject);
            }
            if (attempt == _options.RetryTimes || !silence.IsTransient)
                throw silence;
            await BackOffAsync(attempt, cancellationToken);
        }
    }

    /// <summary>Sends a request whose content can't be had twice. The caller has made sure that the token is fresh by a request before it.</summary>
    public async Task<HttpResponseMessage> SendOnceAsync(
        HttpRequestMessage request, string scope, RequestSubject subject, IdleWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            await _pause.WaitAsync(cancellationToken);
            if (IsOwn(request.RequestUri!))
                request.Headers.Authorization = await Authenticator.FindAsync(scope, cancellationToken);
            else
                SendElsewhere(request);
            request.Headers.UserAgent.Add(UserAgent);
            var response = await SendWatchedAsync(request, watch);
            _pause.Note(response);
            if (await IsChallengedAsync(request, response, scope, cancellationToken))
            {
                response.Dispose();
                throw RegistryErrors.TokenEnded(_endpoint.Host, subject);
            }
            return response;
        }
        catch (OperationCanceledException e) when (watch.IsIdle && !cancellationToken.IsCancellationRequested)
        {
            throw Silent(new TimeoutException($"nothing was accepted for {_options.IdleTimeout}", e), subject);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // What the content itself threw is the source's fault and keeps its name.
            throw FindTransferException(e) ?? Silent(e, subject);
        }
    }

    public IdleWatch WatchIdleness(CancellationToken cancellationToken) => new(_options.IdleTimeout, _time, cancellationToken);

    /// <summary>One request as it is: no authorization, no second try. For the token server, and for finding out the scheme.</summary>
    public async Task<HttpResponseMessage> SendBareAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.UserAgent.Add(UserAgent);
        using var watch = WatchIdleness(cancellationToken);
        try
        {
            return await SendWatchedAsync(request, watch);
        }
        catch (OperationCanceledException e) when (watch.IsIdle && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer for {_options.IdleTimeout}", e);
        }
    }

    // What an error says is taken at once, while its silence is watched.
    private async Task<HttpResponseMessage> SendWatchedAsync(HttpRequestMessage request, IdleWatch watch)
    {
        var response = await _http.SendAsync(request, watch.Token);
        if ((int)response.StatusCode >= 400)
            RegistryErrors.Hold(response, await RegistryErrors.ReadQuietlyAsync(response, watch.Token));
        return response;
    }

    private async Task<HttpResponseMessage> TakeBodyAsync(HttpResponseMessage response, int max, CancellationToken cancellationToken)
    {
        using var watch = WatchIdleness(cancellationToken);
        try
        {
            RegistryErrors.Hold(response, await RegistryErrors.ReadBoundedAsync(response, max, watch.Token));
            return response;
        }
        catch (Exception e)
        {
            response.Dispose();
            throw e is OperationCanceledException && watch.IsIdle && !cancellationToken.IsCancellationRequested ? new TimeoutException($"nothing came for {_options.IdleTimeout}", e) : e;
        }
    }

    /// <summary>Only the registry itself is given credentials: an upload location may be elsewhere.</summary>
    public bool IsOwn(Uri uri) => uri.Scheme == Base.Scheme && uri.Authority == Base.Authority;

    public TransferException Silent(Exception cause, RequestSubject subject)
    {
        var isTls = cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
        var why = Printable.Of(UserInfo.Hide((cause.InnerException ?? cause).Message)).TrimEnd('.');
        return new TransferException(new TransferError(isTls ? ErrorCode.TlsFailed : cause is TimeoutException ? ErrorCode.RequestTimedOut : ErrorCode.HostUnreachable,
            isTls ? $"No secure connection to {_endpoint.Host}: {why}." : $"{_endpoint.Host} does not answer: {why}.")
        {
            Scope = ErrorScope.Endpoint,
            IsTransient = !isTls,
            Host = _endpoint.Host,
            Repository = subject.Repository,
            Digest = subject.Digest,
            Hint = isTls ? "Give the registry's CA with --dest-cert-dir, or switch the check off with --dest-tls-verify=false." : "See that the registry runs and can be reached from here.",
        }, cause);
    }

    private async Task<HttpResponseMessage> SendAuthorizedAsync(Func<HttpRequestMessage> make, string scope, CancellationToken cancellationToken)
    {
        var location = (Uri?)null;
        for (int challenges = 0, redirects = 0; ;)
        {
            await _pause.WaitAsync(cancellationToken);
            using var request = make();
            request.RequestUri = location ?? request.RequestUri;
            if (IsOwn(request.RequestUri!))
                request.Headers.Authorization ??= await Authenticator.FindAsync(scope, cancellationToken);
            else
                SendElsewhere(request);
            var response = await SendBareAsync(request, cancellationToken);
            if (challenges < 2 && await IsChallengedAsync(request, response, scope, cancellationToken))
            {
                challenges++;
            }
            else
            {
                location = redirects++ < MaxRedirects ? Redirect.Find(request, response) : null;
                if (location is null)
                    return response;
            }
            response.Dispose();
        }
    }

    // Only the registry's own word counts for where credentials go: not that of a host to which it sends its clients.
    private async ValueTask<bool> IsChallengedAsync(HttpRequestMessage request, HttpResponseMessage response, string scope, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.Unauthorized && IsOwn(request.RequestUri!)
        && await Authenticator.LearnAsync(response, request.Headers.Authorization, scope, cancellationToken);

    // Where a redirect leads, or an upload's location, is the registry's word: no credentials, and not into this network.
    private static void SendElsewhere(HttpRequestMessage request)
    {
        request.Headers.Authorization = null;
        request.Options.Set(AddressGuard.IsElsewhere, true);
    }

    internal static bool IsPassing(HttpStatusCode status) => (int)status is 408 or 429 or 499 or 500 or 502 or 503 or 504 or 522;

    /// <summary>The pause before the next try of something that has failed <paramref name="attempt"/> + 1 times.</summary>
    public Task BackOffAsync(int attempt, CancellationToken cancellationToken)
    {
        var pause = _options.RetryDelay * Math.Pow(2, Math.Min(attempt, 16)) * (0.5 + Random.Shared.NextDouble());
        return Task.Delay(pause < _options.MaxRetryDelay ? pause : _options.MaxRetryDelay, _time, cancellationToken);
    }

    private static TransferException? FindTransferException(Exception? e) => e is null ? null : e as TransferException ?? FindTransferException(e.InnerException);
}

using System.Net;
using Microsoft.Extensions.Logging;

namespace TransferEngine.Registry;

/// <summary>
/// Sends requests to one registry: with authorization, with new tries where a request can be sent again, and never past
/// an idle timeout. Answers are handed back whatever their status; only silence, and an answer of somebody else, is an exception.
/// </summary>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly RegistryTelemetry _telemetry;
    private readonly HttpSender _sender;
    private readonly HostPause _pause;
    private readonly HostPulse _pulse;
    private readonly Retries _retries;

    public RegistryTransport(
        RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time, RegistryRole role = RegistryRole.Target,
        ILoggerFactory? loggers = null)
    {
        _options = options;
        _time = time;
        Role = role;
        _telemetry = new RegistryTelemetry(endpoint, time, loggers);
        _sender = new HttpSender(endpoint, options, _telemetry);
        _pause = new HostPause(time, options.MaxRetryDelay, _telemetry);
        _pulse = new HostPulse(time, options.MaxOutage, IsAnsweringAsync);
        _retries = new Retries(options, time, _pulse, _pause, new PullLimit(time), _telemetry);
        var tokens = new TokenClient(endpoint, new RealmGuard(endpoint, options.TrustedRealms, role), role, SendTokenRequestAsync, time);
        Authenticator = new Authenticator(endpoint, credentials, tokens, time);
        _sender.Answered = response =>
        {
            if (IsOfRegistry(response))
                _pulse.Note();
        };
    }

    public RegistryRole Role { get; }

    public Authenticator Authenticator { get; }

    /// <summary>Scheme and host; which scheme is found out once, by <see cref="RegistryCheck"/>.</summary>
    public Uri Base
    {
        get => _sender.Base;
        set
        {
            _sender.Base = value;
            _telemetry.Registry = value;
            Authenticator.IsTls = value.Scheme == Uri.UriSchemeHttps;
        }
    }

    public void Dispose() => _sender.Dispose();

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
        Func<HttpRequestMessage> make, string scope, RequestSubject subject, CancellationToken cancellationToken, int take = 0) => _retries.RunAsync(async () =>
    {
        var response = await SendAuthorizedAsync(make, scope, cancellationToken);
        return take > 0 && response.StatusCode == HttpStatusCode.OK ? await TakeBodyAsync(response, take, cancellationToken) : response;
    }, subject, cancellationToken);

    // A token server has its bad moments as a registry has, and nothing goes on without it.
    private Task<HttpResponseMessage> SendTokenRequestAsync(
        Func<HttpRequestMessage> make, int take, RequestSubject subject, CancellationToken cancellationToken) => _retries.RunAsync(async () =>
    {
        using var request = make();
        return await TakeBodyAsync(await SendBareAsync(request, cancellationToken), take, cancellationToken);
    }, subject, cancellationToken);

    /// <summary>Sends a request whose content can't be had twice. The caller has made sure that the token is fresh by a request before it.</summary>
    public async Task<HttpResponseMessage> SendOnceAsync(
        HttpRequestMessage request, string scope, RequestSubject subject, IdleWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            await _pause.WaitAsync(cancellationToken);
            request.Headers.Authorization = IsOwn(request.RequestUri!) ? await Authenticator.FindAsync(scope, cancellationToken) : null;
            var response = await _sender.SendAsync(request, watch, cancellationToken);
            _pause.Note(response);
            if (Proof.IsPage(response))
            {
                response.Dispose();
                throw Proof.Page(subject);
            }
            if (await IsChallengedAsync(request, response, scope, cancellationToken))
            {
                response.Dispose();
                throw RegistryErrors.TokenEnded(subject);
            }
            return response;
        }
        catch (Exception e) when (Silence.Is(e))
        {
            throw Silence.FindSaid(e) ?? Silence.Error(e, subject);
        }
    }

    public IdleWatch WatchIdleness(CancellationToken cancellationToken) => new(_options.IdleTimeout, _time, cancellationToken);

    /// <summary>One request as it is: no authorization, no second try. For the token server, and for finding out the scheme.</summary>
    public async Task<HttpResponseMessage> SendBareAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var watch = WatchIdleness(cancellationToken);
        return await _sender.SendAsync(request, watch, cancellationToken);
    }

    private async Task<HttpResponseMessage> TakeBodyAsync(HttpResponseMessage response, int max, CancellationToken cancellationToken)
    {
        using var watch = WatchIdleness(cancellationToken);
        try
        {
            BoundedBody.Hold(response, await BoundedBody.ReadAsync(response, max, watch.Token));
            return response;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            response.Dispose();
            throw new TimeoutException($"nothing came for {_options.IdleTimeout}", e);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Only the registry itself is given credentials: an upload location may be elsewhere.</summary>
    public bool IsOwn(Uri uri) => _sender.IsOwn(uri);

    public Task BackOffAsync(int attempt, string reason, CancellationToken cancellationToken) => _retries.BackOffAsync(attempt, reason, cancellationToken);

    private async Task<HttpResponseMessage> SendAuthorizedAsync(Func<HttpRequestMessage> make, string scope, CancellationToken cancellationToken)
    {
        var location = (Uri?)null;
        for (int challenges = 0, redirects = 0; ;)
        {
            await _pause.WaitAsync(cancellationToken);
            using var request = make();
            request.RequestUri = location ?? request.RequestUri;
            // Where a redirect leads, or an upload's location, is the registry's word: no credentials.
            request.Headers.Authorization = !IsOwn(request.RequestUri!) ? null
                : request.Headers.Authorization ?? await Authenticator.FindAsync(scope, cancellationToken);
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
    private async ValueTask<bool> IsChallengedAsync(
        HttpRequestMessage request, HttpResponseMessage response, string scope, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.Unauthorized && IsOwn(request.RequestUri!)
        && await Authenticator.LearnAsync(response, request.Headers.Authorization, scope, cancellationToken);

    // A server's own trouble, and a page in its place, show no registry at work.
    private static bool IsOfRegistry(HttpResponseMessage response) => (int)response.StatusCode < 500 && !Proof.IsPage(response);

    private async Task<bool> IsAnsweringAsync()
    {
        try
        {
            using var watch = new IdleWatch(_options.ConnectTimeout, _time, CancellationToken.None);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Base, "/v2/"));
            using var response = await _sender.SendAsync(request, watch, CancellationToken.None);
            return IsOfRegistry(response);
        }
        catch (Exception e) when (Silence.Is(e) || e is ObjectDisposedException)
        {
            return false;
        }
    }
}

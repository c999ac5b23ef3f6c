using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    /// <summary>Sends a request, which is tried again where that can help. The answer is handed back whatever its status.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string scope, RequestSubject subject, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        await _lane.WaitAsync(cancellationToken);
        try
        {
            await CheckOnceAsync(cancellationToken);
            return await _transport.SendAsync(() =>
            {
                var request = new HttpRequestMessage(method, new Uri(_transport.Base, path));
                headers?.Invoke(request.Headers);
                return request;
            }, scope, subject, cancellationToken);
        }
        finally
        {
            _lane.Release();
        }
    }

    /// <summary>GET with the body, up to a bound. A body that breaks off is fetched anew. Empty unless the status is 200.</summary>
    private async Task<(HttpResponseMessage Response, byte[] Body)> GetAsync(
        string path, string scope, RequestSubject subject, int max, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            string reason;
            var response = await SendAsync(HttpMethod.Get, path, scope, subject, headers, cancellationToken);
            try
            {
                return response.StatusCode == HttpStatusCode.OK ? (response, await ReadAsync(response, max, cancellationToken)) : (response, []);
            }
            catch (Exception e)
            {
                response.Dispose();
                if (!Silence.Is(e))
                    throw;
                if (attempt == _options.RetryTimes)
                    throw SourceErrors.BrokenOff(e, subject);
                reason = RetryReason.Of(e);
            }
            await _transport.BackOffAsync(attempt, reason, cancellationToken);
        }
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, int max, CancellationToken cancellationToken)
    {
        using var watch = _transport.WatchIdleness(cancellationToken);
        try
        {
            return await BoundedBody.ReadAsync(response, max, watch.Token);
        }
        catch (OperationCanceledException e) when (watch.IsIdle && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {_options.IdleTimeout}", e);
        }
    }

    // A source has no check of its own in the port, so the first request is preceded by it.
    internal async ValueTask CheckOnceAsync(CancellationToken cancellationToken)
    {
        if (_isChecked)
            return;
        await _checking.WaitAsync(cancellationToken);
        try
        {
            if (_refused is not null)
                throw new TransferException(_refused);
            if (!_isChecked)
                await new RegistryCheck(_transport, _endpoint, _options).RunAsync(cancellationToken);
            _isChecked = true;
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.Unauthorized)
        {
            // Those who waited shall not send a wrong password again: some registries lock its user out.
            _refused = e.Error;
            throw;
        }
        finally
        {
            _checking.Release();
        }
    }
}

using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// What the requests to one registry tell metrics and log. Nothing of an address but its host ever does: a path names repositories, which are too
/// many for a metric, and a query may hold what opens a store.
/// </summary>
internal sealed class RegistryTelemetry(RegistryEndpoint endpoint, TimeProvider time, ILoggerFactory? loggers)
{
    private const long Unwanted = -1;

    private readonly ILogger _log = loggers?.CreateLogger(RegistryLog.Category) ?? NullLogger.Instance;

    /// <summary>Scheme and host of the registry, as far as they are known by now.</summary>
    public Uri Registry { get; set; } = new($"https://{endpoint.ApiHost}/");

    /// <summary>When a request begins; negative where nobody wants to know.</summary>
    public long Begin() => RegistryMetrics.RequestDuration.Enabled ? time.GetTimestamp() : Unwanted;

    /// <summary>An answer came, whatever its status.</summary>
    public void Answered(long began, HttpRequestMessage request, HttpResponseMessage response)
    {
        if (began != Unwanted)
            Record(began, request, RequestKeys.Status, (int)response.StatusCode);
    }

    /// <summary>None came; not where the caller gave it up.</summary>
    public void Unanswered(long began, HttpRequestMessage request, Exception failure)
    {
        if (began != Unwanted)
            Record(began, request, RequestKeys.ErrorType, CodeOf(failure));
    }

    /// <summary>A request is sent again.</summary>
    public void Retried(string reason)
    {
        if (RegistryMetrics.RequestRetries.Enabled)
            RegistryMetrics.RequestRetries.Add(1, new(RequestKeys.Host, Registry.IdnHost), new(RequestKeys.Port, Registry.Port), new(RequestKeys.Reason, reason));
        RegistryLog.RequestRetried(_log, endpoint.Host, reason);
    }

    /// <summary>A request is kept back.</summary>
    public void Paused(string reason, TimeSpan pause)
    {
        if (RegistryMetrics.PauseDuration.Enabled)
            RegistryMetrics.PauseDuration.Record(
                pause.TotalSeconds, new(RequestKeys.Host, Registry.IdnHost), new(RequestKeys.Port, Registry.Port), new(RequestKeys.Reason, reason));
        RegistryLog.RequestPaused(_log, endpoint.Host, pause, reason);
    }

    private void Record(long began, HttpRequestMessage request, string how, object outcome)
    {
        var uri = request.RequestUri!;
        var tags = new TagList
        {
            { RequestKeys.Host, uri.IdnHost },
            { RequestKeys.Port, uri.Port },
            { RequestKeys.Method, request.Method.Method },
            { how, outcome },
        };
        RegistryMetrics.RequestDuration.Record(time.GetElapsedTime(began).TotalSeconds, tags);
    }

    private static string CodeOf(Exception failure) => Silence.FindSaid(failure)?.Error.Code ?? failure switch
    {
        TimeoutException => ErrorCode.RequestTimedOut,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => ErrorCode.TlsFailed,
        _ => ErrorCode.HostUnreachable,
    };
}

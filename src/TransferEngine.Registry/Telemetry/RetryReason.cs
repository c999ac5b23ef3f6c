using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Why a request is sent again, or kept back: few words, as metrics want them.</summary>
internal static class RetryReason
{
    /// <summary>The registry wants a pause.</summary>
    public const string Throttled = "throttled";

    /// <summary>It answers nobody.</summary>
    public const string Outage = "outage";

    /// <summary>A status that says so.</summary>
    public const string ServerError = "server_error";

    /// <summary>Nothing came for too long.</summary>
    public const string Timeout = "timeout";

    /// <summary>The connection could not be made, or broke.</summary>
    public const string Reset = "reset";

    /// <summary>Somebody else answered, or what came is not what was asked for.</summary>
    public const string WrongAnswer = "wrong_answer";

    public static string Of(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.TooManyRequests ? Throttled : ServerError;

    public static string Of(Exception cause) => cause switch
    {
        ElsewhereException { InnerException: { } inner } => Of(inner),
        TimeoutException => Timeout,
        TransferException => WrongAnswer,
        _ => Reset,
    };
}

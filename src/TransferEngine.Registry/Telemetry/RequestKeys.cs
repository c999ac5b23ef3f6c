namespace TransferEngine.Registry;

/// <summary>Names of attributes: OpenTelemetry's where it has one, else in a namespace of our own.</summary>
internal static class RequestKeys
{
    public const string Host = "server.address";
    public const string Port = "server.port";
    public const string Method = "http.request.method";
    public const string Status = "http.response.status_code";
    public const string ErrorType = "error.type";

    /// <summary>One of <see cref="RetryReason"/>.</summary>
    public const string Reason = "transfer_engine.reason";
}

using Microsoft.Extensions.Logging;

namespace TransferEngine.Registry;

/// <summary>The log events of registries. Their ids are stable: 20xx.</summary>
internal static partial class RegistryLog
{
    /// <summary>The category, within the engine's.</summary>
    public const string Category = "TransferEngine.Registry";

    [LoggerMessage(2000, LogLevel.Debug, "A request to {Host} is sent again: {Reason}")]
    public static partial void RequestRetried(ILogger log, string host, string reason);

    [LoggerMessage(2001, LogLevel.Debug, "Requests to {Host} are kept back for {Pause}: {Reason}")]
    public static partial void RequestPaused(ILogger log, string host, TimeSpan pause, string reason);
}

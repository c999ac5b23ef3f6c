using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Service.Registry;

/// <summary>What the registry has to say to its operator.</summary>
internal static partial class RegistryLog
{
    [LoggerMessage(1, LogLevel.Information, "{Method} {Path} {Status}")]
    public static partial void Answered(ILogger log, string method, string path, int status);

    [LoggerMessage(2, LogLevel.Error, "{Method} {Path}: {Cause}")]
    public static partial void Failed(ILogger log, string method, string path, string cause);

    [LoggerMessage(3, LogLevel.Warning, "Old uploads could not be deleted: {Error}")]
    public static partial void PurgeFailed(ILogger log, TransferError error);
}

using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>What is wrong with a file that the user wrote, and in which line.</summary>
internal static class JobFileErrors
{
    public static TransferException Of(string file, int? line, string message, string? hint = null, Exception? inner = null) => new(
        new TransferError(ErrorCode.ConfigurationInvalid, line is null ? $"{file}: {message}" : $"{file}, line {line}: {message}")
        { Scope = ErrorScope.Endpoint, Hint = hint },
        inner);
}

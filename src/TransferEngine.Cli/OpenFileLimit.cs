using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>
/// How many files and connections the process may have open at once. The runtime raises the soft limit to the hard one when it starts;
/// what is left is too little only where somebody made it so (<c>ulimit -n 64</c>), and is said before the runtime breaks on it.
/// </summary>
internal static class OpenFileLimit
{
    /// <summary>The program's own libraries take up to 150; a migration with the default number of pushers was seen to break below 200.</summary>
    private const int Least = 256;

    private const int TooManyOpenFiles = 24;

    /// <summary>True if there is room for a process at all; else it was said why not, without any library: none could be loaded.</summary>
    public static bool Suffices()
    {
        if (OfProcess() is not { } limit || limit >= Least)
            return true;
        using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write("transfer: "u8);
        error.Write(System.Text.Encoding.UTF8.GetBytes($"{ErrorCode.OpenFilesLimit}: {Sentence(limit, Least)} {Hint(Least)}\n"));
        return false;
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.OpenFilesLimit"/>: there is no room for so many pushers and requests.</exception>
    public static void Demand(EngineOptions options)
    {
        var standard = new EngineOptions();
        // Each holds a file or connection at either end.
        var needed = Least + (2 * (Math.Max(0, options.Pushers - standard.Pushers) + Math.Max(0, options.Requests - standard.Requests)));
        if (OfProcess() is { } limit && limit < needed)
            throw new TransferException(Error($"{Sentence(limit, needed)}", $"{Hint(needed)} Or take fewer --pushers."));
    }

    /// <summary>The error for a failure that nobody expected, if this is the reason.</summary>
    public static TransferError? Explain(Exception? e) => e switch
    {
        null => null,
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } or IOException { HResult: TooManyOpenFiles } =>
            Error($"The process has all {OfProcess()} files and connections open that it may have at once.", "Raise the limit with ulimit -n, or take fewer --pushers."),
        _ => Explain(e.InnerException),
    };

    private static TransferError Error(string message, string hint) => new(ErrorCode.OpenFilesLimit, message) { Scope = ErrorScope.Endpoint, Hint = hint };

    private static string Sentence(int limit, int needed) => $"The process may have only {limit} files and connections open at once, and needs {needed}.";

    private static string Hint(int needed) => $"Raise the limit: ulimit -n {needed}, or LimitNOFILE in a unit file.";

    // proc_pid_limits(5): "Max open files   1024   524288   files", the soft limit first. Other systems have no such file, and no such trouble.
    private static int? OfProcess()
    {
        const string Name = "Max open files";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith(Name, StringComparison.Ordinal))
                    return int.TryParse(line.AsSpan(Name.Length).Trim().ToString().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it is not known.
        }
        return null;
    }
}

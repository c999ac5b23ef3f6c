namespace TransferEngine.Cli;

/// <summary>
/// The runtime opens a socket and two pipes for debuggers in the temporary folder, and they stay there when the process is killed. No
/// setting of <c>runtimeconfig.json</c> keeps it from that: .NET 10 reads <c>EnableDiagnostics</c> from the environment alone. So their
/// names are taken away at once. Who wants to attach a debugger says <c>DOTNET_EnableDiagnostics=1</c>.
/// </summary>
internal static class DebuggerPipes
{
    private const int StartTimeField = 22;

    public static void Remove()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") == "1")
            return;
        try
        {
            // With the start time: where containers share a temporary folder, others have this process's number too.
            var id = $"{Environment.ProcessId}-{StartTime()}";
            foreach (var name in new[] { $"dotnet-diagnostic-{id}-socket", $"clr-debug-pipe-{id}-in", $"clr-debug-pipe-{id}-out" })
                File.Delete(Path.Combine(Path.GetTempPath(), name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They stay, as they do of every other .NET program.
        }
    }

    // proc_pid_stat(5). The second field is the program's name in parentheses, which may hold anything.
    private static string StartTime()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[StartTimeField - 3];
    }
}

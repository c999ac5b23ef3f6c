using System.Diagnostics;
using System.Globalization;

namespace TransferEngine.Persistence;

/// <summary>Who this process is, so that another one of the same machine can tell whether it is still there.</summary>
internal static class ThisProcess
{
    public static string Host { get; } = Environment.MachineName;

    public static int Id => Environment.ProcessId;

    /// <summary>Tells this process from a later one with the same number.</summary>
    public static string Incarnation { get; } = IncarnationOf(Environment.ProcessId) ?? "";

    /// <summary>Whether the process that a row of this machine speaks of has ended.</summary>
    public static bool HasEnded(int process, string incarnation) => IncarnationOf(process) != incarnation;

    /// <summary>Whether it would be seen here if it were there: not on another machine of the same name, nor in another container of this one.</summary>
    public static bool CanSee(string incarnation) => ViewOf(incarnation) == ViewOf(Incarnation);

    // Linux: the boot, the namespace that numbers the processes, and the tick of the boot at which the process began (proc(5), field 22). No setting of
    // the clock changes any of them.
    private static string? IncarnationOf(int process)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return Process.GetProcessById(process).StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
            var stat = File.ReadAllText($"/proc/{process}/stat");
            // The name in parentheses may hold anything; a zombie is gone but for its number.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{new FileInfo("/proc/self/ns/pid").LinkTarget}/{fields[19]}";
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string ViewOf(string incarnation) => incarnation[..(incarnation.LastIndexOf('/') + 1)];
}

using System.Diagnostics;

namespace TransferEngine.TestKit.Databases;

/// <summary>The programs of Debian's package. They refuse to run as root: then they run as nobody.</summary>
internal sealed class PostgresPrograms
{
    private const string Root = "/usr/lib/postgresql";
    private const string OtherUser = "nobody";

    // In the tests' own folder another user may not even look.
    private const string WorkingFolder = "/";

    // Whoever started it holds the other end of its standard input: where that end is gone, also by a kill, the server ends.
    private const string Guard = """
        log=$1; shift
        exec 3<&0
        "$@" </dev/null >>"$log" 2>&1 3<&- &
        server=$!
        { cat <&3 >/dev/null; kill -QUIT $server; } 2>/dev/null &
        watcher=$!
        wait $server
        kill $watcher 2>/dev/null
        """;

    private readonly string _folder;

    private PostgresPrograms(string folder) => _folder = folder;

    private static string[] AsUser => Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={OtherUser}", "--regid=nogroup", "--clear-groups", "--"] : [];

    /// <exception cref="InvalidOperationException">They are not installed.</exception>
    public static PostgresPrograms Find()
    {
        var versions = Directory.Exists(Root) ? Directory.GetDirectories(Root) : [];
        var newest = versions.Select(version => Path.Combine(version, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Max(StringComparer.Ordinal);
        return new PostgresPrograms(newest ?? throw new InvalidOperationException("PostgreSQL is not installed, and this test needs it: apt-get install postgresql"));
    }

    /// <summary>Makes a folder with all in it the property of the user that the programs run as.</summary>
    public static async Task GiveAsync(string folder)
    {
        if (Environment.IsPrivilegedProcess)
            await RunAsync(["chown", "-R", $"{OtherUser}:nogroup", folder]);
    }

    public Task RunAsync(string program, params string[] arguments) => RunAsync([.. AsUser, Path.Combine(_folder, program), .. arguments]);

    /// <summary>Starts the server. It ends when the standard input of what is returned is closed.</summary>
    public Process StartServer(string log, params string[] arguments)
    {
        string[] command = [.. AsUser, "/bin/sh", "-c", Guard, "sh", log, Path.Combine(_folder, "postgres"), .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, WorkingDirectory = WorkingFolder })!;
    }

    private static async Task RunAsync(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = WorkingFolder };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}:\n{string.Concat(said)}");
    }
}

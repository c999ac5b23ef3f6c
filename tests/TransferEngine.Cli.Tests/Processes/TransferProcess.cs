using System.Diagnostics;
using System.Runtime.CompilerServices;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>
/// The built program as a child process, with a state folder of its own. From where it is built, not from beside the tests: only there is it
/// as users have it, with the native libraries of this machine. After each migration it is run once more, to verify: both have to say the same.
/// </summary>
internal sealed class TransferProcess : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-process");

    public string Folder => _folder.FullName;

    /// <summary>Variables beside those of the tests.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public async Task<ProcessResult> RunAsync(params string[] args)
    {
        using var agreement = Agreement.Of(args);
        return await AgreedAsync(agreement, await RunAsync(Start(ProgramPath, agreement?.Migration ?? args)));
    }

    /// <summary>Runs it as a shell does: <c>"$0" "$@"</c> in the script is the program with its arguments.</summary>
    public async Task<ProcessResult> RunInShellAsync(string script, params string[] args)
    {
        using var agreement = Agreement.Of(args, mayReport: false);
        return await AgreedAsync(agreement, await RunAsync(Start("sh", ["-c", script, ProgramPath, .. args])));
    }

    /// <summary>Starts it, with its streams in the caller's hands.</summary>
    public Process Start(params string[] args) => Process.Start(Start(ProgramPath, args))!;

    public Process StartInShell(string script, params string[] args) => Process.Start(Start("sh", ["-c", script, ProgramPath, .. args]))!;

    /// <summary>A storage tree with one repository, whose tags all name one image.</summary>
    public void WriteTree(string repository, params string[] tags)
    {
        var tree = new StorageTreeBuilder(Folder);
        foreach (var tag in tags)
            tree.AddImage(repository, tag, "layer");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string ProgramPath { get; } = FindProgram();

    private static string FindProgram([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/TransferEngine.Cli/bin", Configuration, "net10.0/transfer"));

    private ProcessStartInfo Start(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Folder,
        };
        start.Environment["XDG_STATE_HOME"] = Path.Combine(Folder, "state");
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }

    private async Task<ProcessResult> AgreedAsync(Agreement? agreement, ProcessResult migration)
    {
        if (agreement is null || !Agreement.IsDue(migration.ExitCode))
            return migration;
        var verification = await RunAsync(agreement.Verification);
        agreement.Demand(migration.ExitCode, verification.ExitCode, $"migrate: {migration}\nverify: {verification}");
        return migration;
    }

    private static async Task<ProcessResult> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return new ProcessResult(process.ExitCode, await output, await errors);
    }
}

/// <summary>How the program ended and all that it said.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Errors)
{
    public ProcessResult AssertExit(int expected)
    {
        Assert.True(ExitCode == expected, $"Expected exit code {expected}: {this}");
        return this;
    }

    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- errors\n{Errors}";
}

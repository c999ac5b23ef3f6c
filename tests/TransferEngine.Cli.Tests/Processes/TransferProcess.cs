using System.Diagnostics;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>The built program as a child process, from beside this test assembly, with a state folder of its own.</summary>
internal sealed class TransferProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-process");

    public string Folder => _folder.FullName;

    public async Task<ProcessResult> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "transfer"), args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Folder,
        };
        start.Environment["XDG_STATE_HOME"] = Path.Combine(Folder, "state");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return new ProcessResult(process.ExitCode, await output, await errors);
    }

    /// <summary>A storage tree with one repository, whose tags all name one image.</summary>
    public void WriteTree(string repository, params string[] tags)
    {
        var tree = new StorageTreeBuilder(Folder);
        foreach (var tag in tags)
            tree.AddImage(repository, tag, "layer");
    }

    public void Dispose() => _folder.Delete(recursive: true);
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

using System.Diagnostics;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>The built program as a child process, from beside this test assembly, with a state folder of its own.</summary>
internal sealed class TransferProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-process");

    public string Folder => _folder.FullName;

    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] args)
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
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>A storage tree with one repository of the given tags, whose manifests need not be there for a listing.</summary>
    public void WriteTree(string repository, params string[] tags)
    {
        foreach (var tag in tags)
        {
            var link = Path.Combine(Folder, "docker/registry/v2/repositories", repository, "_manifests/tags", tag, "current/link");
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.WriteAllText(link, Fakes.FakeEngine.SomeDigest.ToString());
        }
        Directory.CreateDirectory(Path.Combine(Folder, "docker/registry/v2/blobs"));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

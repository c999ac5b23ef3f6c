using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Docker;
using Xunit;

namespace TransferEngine.Integration.Tests.Docker;

/// <summary>The storage of podman and its kin, a real one in a folder of its own.</summary>
public sealed class ContainersStorageTests : IDisposable
{
    private static readonly SavedSample App = SavedSample.Of("base", "app");

    private readonly TemporaryFolder _folder = new();

    public ContainersStorageTests()
    {
        Directory.CreateDirectory(_folder.Of("tmp"));
        File.WriteAllText(_folder.Of("storage.conf"), $"""
            [storage]
            driver = "vfs"
            runroot = "{_folder.Of("run")}"
            graphroot = "{_folder.Of("graph")}"
            """);
    }

    private Dictionary<string, string> Environment => new() { ["CONTAINERS_STORAGE_CONF"] = _folder.Of("storage.conf"), ["TMPDIR"] = _folder.Of("tmp") };

    [Fact]
    public async Task An_image_goes_into_an_archive_with_its_ID()
    {
        using (var archive = new SavedArchive(_folder.Of("in.tar")))
            archive.Add(App, "localhost/app:v1");
        await CopyIntoStorageAsync($"docker-archive:{_folder.Of("in.tar")}:localhost/app:v1", "containers-storage:localhost/app:v1");
        var result = await MigrateAsync("containers-storage:localhost/app:v1", Environment);
        result.AssertExit(0);
        var raw = await Skopeo.RunAsync("inspect", "--config", "--raw", $"docker-archive:{_folder.Of("out.tar")}:app:v1");
        Assert.Equal(App.Id, Digest.OfSha256(System.Text.Encoding.UTF8.GetBytes(raw)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Of("tmp")));
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_said()
    {
        var result = await MigrateAsync("containers-storage:app:v9", Environment);
        result.AssertExit(3);
        Assert.Contains(ErrorCode.SourceNotFound, result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_skopeo_the_error_says_what_to_do()
    {
        var result = await MigrateAsync("containers-storage:app:v1", new Dictionary<string, string>(Environment) { ["PATH"] = _folder.Path });
        result.AssertExit(3);
        Assert.Contains("Install skopeo", result.Output + result.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ProgramResult> MigrateAsync(string source, Dictionary<string, string> environment)
    {
        await using var program = TransferProgram.Start(
            ["migrate", source, $"docker-archive:{_folder.Of("out.tar")}", "--state-dir", _folder.Of("state")], environment: environment);
        return await program.EndAsync();
    }

    private async Task CopyIntoStorageAsync(string from, string to)
    {
        var start = new ProcessStartInfo("skopeo", ["copy", "--insecure-policy", "--quiet", from, to]) { RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }
}

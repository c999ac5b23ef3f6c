using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Programs;
using Xunit;

namespace TransferEngine.Integration.Tests.Docker;

/// <summary>A docker daemon on both sides, by the double of its API.</summary>
public sealed class DockerDaemonTests : IAsyncLifetime
{
    private static readonly SavedSample App = SavedSample.Of("base", "app");
    private static readonly SavedSample Other = SavedSample.Of("base", "other");

    private readonly TemporaryFolder _folder = new();
    private DockerDaemonDouble _daemon = null!;
    private DockerDaemonDouble _second = null!;

    public async Task InitializeAsync()
    {
        _daemon = await DockerDaemonDouble.StartAsync(_folder.Of("d.sock"));
        _second = await DockerDaemonDouble.StartAsync(_folder.Of("e.sock"), version: "1.41");
        Directory.CreateDirectory(_folder.Of("tmp"));
        _daemon.Images.Add("app:v1", App);
        _daemon.Images.Add("app:latest", App);
        _daemon.Images.Add("registry.example.com:5000/team/other:1.0", Other);
    }

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _second.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task All_its_named_images_go_elsewhere_and_come_back()
    {
        var archive = _folder.Of("images.tar");
        var result = await MigrateAsync(_daemon, "docker-daemon:", $"docker-archive:{archive}");
        result.AssertExit(0);
        Assert.Contains("temporary files", result.Output + result.Errors, StringComparison.Ordinal);
        Assert.Contains("GET /v1.43/images/get?names=app%3Av1&names=app%3Alatest", _daemon.Requests);

        var back = await MigrateAsync(_second, $"docker-archive:{archive}", "docker-daemon:");
        back.AssertExit(0);
        Assert.Equal(["app:latest", "app:v1", "team/other:1.0"], _second.Images.Named.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(App.Id, _second.Images.Named["app:v1"].Id);
        Assert.Equal(Other.Id, _second.Images.Named["team/other:1.0"].Id);
        Assert.All(_second.Requests.Skip(1), request => Assert.Contains("/v1.41/", request, StringComparison.Ordinal));
        // Nothing that was spooled stays.
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Of("tmp")));
    }

    [Fact]
    public async Task One_image_is_taken_by_its_name()
    {
        var archive = _folder.Of("images.tar");
        var result = await MigrateAsync(_daemon, "docker-daemon:app:v1", $"docker-archive:{archive}");
        result.AssertExit(0);
        Assert.DoesNotContain(_daemon.Requests, request => request.Contains("images/json", StringComparison.Ordinal));
        var back = await MigrateAsync(_second, $"docker-archive:{archive}", "docker-daemon:");
        back.AssertExit(0);
        Assert.Equal(["app:v1"], _second.Images.Named.Keys);
    }

    [Fact]
    public async Task Only_selected_repositories_are_saved()
    {
        var result = await MigrateAsync(_daemon, "docker-daemon:", $"docker-archive:{_folder.Of("images.tar")}", "--include", "app");
        result.AssertExit(0);
        Assert.DoesNotContain(_daemon.Requests, request => request.Contains("other", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_it_does_not_have_is_said()
    {
        var result = await MigrateAsync(_daemon, "docker-daemon:app:v9", $"docker-archive:{_folder.Of("images.tar")}");
        result.AssertExit(3);
        Assert.Contains("No such image: app:v9", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_breaks_off_is_said()
    {
        _daemon.CutsSaveAfter = 3000;
        var result = await MigrateAsync(_daemon, "docker-daemon:app:v1", $"docker-archive:{_folder.Of("images.tar")}");
        result.AssertExit(3);
        Assert.Contains(ErrorCode.HostUnreachable, result.Output + result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Of("images.tar")));
    }

    [Fact]
    public async Task What_it_does_not_load_is_said_and_loaded_by_the_next_run()
    {
        var archive = _folder.Of("images.tar");
        using (var saved = new SavedArchive(archive))
            saved.Add(App, "app:v1");
        _second.LoadError = "write /layer.tar: no space left on device";
        var result = await MigrateAsync(_second, $"docker-archive:{archive}", "docker-daemon:");
        result.AssertExit(3);
        Assert.Contains("no space left on device", result.Output + result.Errors, StringComparison.Ordinal);
        _second.LoadError = null;
        var again = await MigrateAsync(_second, $"docker-archive:{archive}", "docker-daemon:");
        again.AssertExit(0);
        Assert.Equal(App.Id, _second.Images.Named["app:v1"].Id);
    }

    [Theory]
    [InlineData("unix:///nowhere/docker.sock", ErrorCode.HostUnreachable, 3)]
    [InlineData("ssh://somewhere", ErrorCode.EndpointInvalid, 2)]
    [InlineData("tcp://user:secret@somewhere:2375", ErrorCode.EndpointInvalid, 2)]
    public async Task A_daemon_that_can_not_be_spoken_to_is_said(string host, string code, int exitCode)
    {
        var result = await MigrateAsync(host, "docker-daemon:", $"docker-archive:{_folder.Of("images.tar")}");
        result.AssertExit(exitCode);
        Assert.Contains(code, result.Output + result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Both ends keep archives there, and are no good without.</summary>
    [Fact]
    public async Task Without_a_folder_for_temporary_files_the_error_says_what_to_do()
    {
        var archive = _folder.Of("images.tar");
        using (var saved = new SavedArchive(archive))
            saved.Add(App, "app:v1");
        Directory.Delete(_folder.Of("tmp"));
        foreach (var (source, target) in new[] { ("docker-daemon:app:v1", $"docker-archive:{_folder.Of("out.tar")}"), ($"docker-archive:{archive}", "docker-daemon:") })
        {
            var result = await MigrateAsync(_daemon, source, target);
            Assert.True(result.ExitCode == 3, result.ToString());
            Assert.Contains("Set TMPDIR", result.Output + result.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(ErrorCode.Internal, result.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_can_not_be_compared_with_a_source()
    {
        var result = await RunAsync(_daemon.Host, null, "verify", "docker-daemon:app:v1", "docker-daemon:", "--state-dir", _folder.Of("state"));
        result.AssertExit(3);
        Assert.Contains("can't be compared", result.Output + result.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramResult> MigrateAsync(DockerDaemonDouble daemon, string source, string target, params string[] further) => MigrateAsync(daemon.Host, source, target, further);

    private Task<ProgramResult> MigrateAsync(string host, string source, string target, params string[] further) =>
        RunAsync(host, target == "docker-daemon:" ? Unverified.TargetKeepsNoManifests : null, "migrate", source, target, ["--state-dir", _folder.Of("state"), .. further]);

    private async Task<ProgramResult> RunAsync(string host, Unverified? unverified, string command, string source, string target, params string[] further)
    {
        await using var program = TransferProgram.Start(
            [command, source, target, .. further],
            environment: new Dictionary<string, string> { ["DOCKER_HOST"] = host, ["TMPDIR"] = _folder.Of("tmp") }, unverified: unverified);
        return await program.EndAsync();
    }
}

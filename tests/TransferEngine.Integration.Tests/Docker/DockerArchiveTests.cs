using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Docker;

/// <summary>Archives of <c>docker save</c>, with <c>skopeo</c> as the other program that reads and writes them.</summary>
public sealed class DockerArchiveTests : IAsyncLifetime
{
    private static readonly SavedSample App = SavedSample.Of("base", "app");
    private static readonly SavedSample Other = SavedSample.Of("base", "other");

    private readonly TemporaryFolder _folder = new();
    private DockerRegistry _registry = null!;

    private string Saved => _folder.Of("saved.tar");

    private string Written => _folder.Of("written.tar");

    public async Task InitializeAsync()
    {
        _registry = await DockerRegistry.StartAsync(_folder.Of("registry"));
        using var archive = new SavedArchive(Saved);
        archive.Add(App, "app:v1", "app:latest", "registry.example.com:5000/team/app:v1");
        archive.Add(Other, "team/other:1.0");
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_docker_saved_goes_into_a_registry_with_its_image_IDs()
    {
        var result = await MigrateAsync($"docker-archive:{Saved}", $"docker://{_registry.Host}");
        result.AssertExit(0);
        Assert.Contains("Image IDs stay", result.Output + result.Errors, StringComparison.Ordinal);
        foreach (var (name, image) in new[] { ("app:v1", App), ("app:latest", App), ("team/app:v1", App), ("team/other:1.0", Other) })
            Assert.Equal(image.Id, await IdAsync($"docker://{_registry.Host}/{name}", "--tls-verify=false"));
        // The digests are the same each time, so nothing is left to do; not even to upload what was compressed again.
        var again = await MigrateAsync($"docker-archive:{Saved}", $"docker://{_registry.Host}", "again");
        again.AssertExit(0);
        await _registry.StopAsync();
        Assert.Equal(5, _registry.Requests.Count(request => request.IsUploadCommit));
    }

    [Fact]
    public async Task What_is_written_is_read_by_skopeo_and_can_be_verified()
    {
        await MigrateAsync($"docker-archive:{Saved}", $"docker://{_registry.Host}");
        var result = await MigrateAsync($"docker://{_registry.Host}", $"docker-archive:{Written}", "write");
        result.AssertExit(0);
        Assert.Equal(App.Id, await IdAsync($"docker-archive:{Written}:app:latest"));
        Assert.Equal(Other.Id, await IdAsync($"docker-archive:{Written}:team/other:1.0"));
        await Skopeo.RunAsync("copy", "--dest-tls-verify=false", $"docker-archive:{Written}:team/app:v1", $"docker://{_registry.Host}/by/skopeo:v1");
        Assert.Equal(App.Id, await IdAsync($"docker://{_registry.Host}/by/skopeo:v1", "--tls-verify=false"));

        var verified = await TransferProgram.RunAsync("verify", $"docker://{_registry.Host}", $"docker-archive:{Written}", "--include", "app", "--state-dir", _folder.Of("state"));
        verified.AssertExit(0);
        var again = await MigrateAsync($"docker://{_registry.Host}", $"docker-archive:{Written}", "write", "--include", "app");
        again.AssertExit(0);
    }

    [Fact]
    public async Task What_skopeo_writes_is_read()
    {
        await MigrateAsync($"docker-archive:{Saved}", $"docker://{_registry.Host}");
        var file = _folder.Of("skopeo.tar");
        await Skopeo.RunAsync("copy", "--src-tls-verify=false", $"docker://{_registry.Host}/team/other:1.0", $"docker-archive:{file}:docker.io/library/other:v2");
        var result = await MigrateAsync($"docker-archive:{file}:other:v2", $"docker://{_registry.Host}", "skopeo");
        result.AssertExit(0);
        Assert.Equal(Other.Id, await IdAsync($"docker://{_registry.Host}/other:v2", "--tls-verify=false"));
    }

    [Fact]
    public async Task An_archive_is_written_anew_by_the_run_after_one_that_came_to_nothing()
    {
        await MigrateAsync($"docker-archive:{Saved}", $"docker://{_registry.Host}");
        var first = await MigrateAsync($"docker://{_registry.Host}", $"docker-archive:{Written}", "write");
        first.AssertExit(0);
        // The journal still says that all is done; the file says otherwise.
        File.Delete(Written);
        var second = await MigrateAsync($"docker://{_registry.Host}", $"docker-archive:{Written}", "write");
        second.AssertExit(0);
        Assert.Equal(App.Id, await IdAsync($"docker-archive:{Written}:app:v1"));
        Assert.Equal(Other.Id, await IdAsync($"docker-archive:{Written}:team/other:1.0"));
    }

    [Fact]
    public async Task An_archive_goes_to_an_archive_with_the_same_digests()
    {
        var result = await MigrateAsync($"docker-archive:{Saved}", $"docker-archive:{Written}");
        result.AssertExit(0);
        result.Verification!.AssertExit(0);
        await MigrateAsync($"docker-archive:{Written}", $"docker://{_registry.Host}");
        var same = await TransferProgram.RunAsync("verify", $"docker-archive:{Saved}", $"docker://{_registry.Host}", "--state-dir", _folder.Of("state"));
        same.AssertExit(0);
    }

    [Fact]
    public async Task What_can_not_be_read_or_written_is_said_with_exit_code_3()
    {
        var missing = await MigrateAsync($"docker-archive:{_folder.Of("missing.tar")}", $"docker://{_registry.Host}");
        missing.AssertExit(3);
        Assert.Contains(ErrorCode.SourceNotFound, missing.Errors, StringComparison.Ordinal);
        File.Copy(Saved, Written);
        var finished = await MigrateAsync($"docker-archive:{Saved}", $"docker-archive:{Written}");
        finished.AssertExit(3);
        Assert.Contains("nothing is added", finished.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramResult> MigrateAsync(string source, string target, string state = "first", params string[] further) => TransferProgram.RunAsync(
        ["migrate", source, target, "--state-dir", _folder.Of($"state-{state}"), .. further]);

    /// <summary>An image's ID by the judgement of skopeo.</summary>
    private static async Task<Digest> IdAsync(string image, params string[] flags)
    {
        var raw = await Skopeo.RunAsync("inspect", [.. flags, "--config", "--raw", image]);
        using (JsonDocument.Parse(raw))
            return Digest.OfSha256(System.Text.Encoding.UTF8.GetBytes(raw));
    }
}

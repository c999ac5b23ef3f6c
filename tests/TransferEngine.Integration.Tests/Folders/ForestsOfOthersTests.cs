using System.Text;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Folders;

/// <summary>Forests that are not one scoped run of <c>skopeo sync</c>: pinned images, a run for each image, several hosts, scripts.</summary>
public sealed class ForestsOfOthersTests : IAsyncLifetime
{
    private static readonly ImageContent One = ImageContent.Of("base", "one");
    private static readonly ImageContent Two = ImageContent.Of("base", "two");

    private readonly TemporaryFolder _folder = new();
    private DockerRegistry _target = null!;
    private int _jobs;

    private string Forest => _folder.Of("forest");

    public async Task InitializeAsync() => _target = await DockerRegistry.StartAsync(_folder.Of("target"));

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Images_that_skopeo_sync_was_told_by_digest_are_migrated_without_being_asked_for()
    {
        await using var source = await ServeAsync("source", set => set.With(RepositoryName.Parse("web"), "v1", One).With(RepositoryName.Parse("team/app"), "v1", Two));
        var pinned = _folder.Of("pinned.yaml");
        await File.WriteAllTextAsync(pinned, $"{source.Host}:\n  tls-verify: false\n  images:\n    web: ['{One.Digest}']\n    team/app: ['{Two.Digest}']\n");
        await Skopeo.RunAsync("sync", "--all", "--preserve-digests", "--scoped", "--src", "yaml", "--dest", "dir", pinned, Forest);
        var result = await MigrateAsync($"dir:{Forest}");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("2 migrated", result.Output + result.Errors, StringComparison.Ordinal);
        await HasAsync($"web@{One.Digest}", One.Digest);
        await HasAsync($"team/app@{Two.Digest}", Two.Digest);
        var listed = await TransferProgram.RunAsync("list", $"dir:{Forest}");
        Assert.Contains($"web@{One.Digest}", listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_that_syncs_each_image_into_a_folder_called_like_it_is_read()
    {
        await using var source = await ServeAsync("source", set => set.With(RepositoryName.Parse("alpine"), "3.10.4", One).With(RepositoryName.Parse("team/app"), "1", Two));
        foreach (var image in new[] { "alpine:3.10.4", "team/app:1" })
            await Skopeo.RunAsync("sync", "--all", "--preserve-digests", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", $"{source.Host}/{image}", Path.Join(Forest, image));
        var result = await MigrateAsync($"dir:{Forest}");
        Assert.True(result.ExitCode == 0, result.ToString());
        await HasAsync("alpine:3.10.4", One.Digest);
        await HasAsync("team/app:1", Two.Digest);
    }

    [Fact]
    public async Task Two_hosts_side_by_side_are_left_out_of_the_names()
    {
        await using var first = await ServeAsync("first", set => set.With(RepositoryName.Parse("team/app"), "v1", One));
        await using var second = await ServeAsync("second", set => set.With(RepositoryName.Parse("team/app"), "v2", Two).With(RepositoryName.Parse("web"), "v1", Two));
        await SyncAsync(first, "team/app");
        await SyncAsync(second, "team/app", "web");
        var result = await MigrateAsync($"dir:{Forest}");
        Assert.True(result.ExitCode == 0, result.ToString());
        await HasAsync("team/app:v1", One.Digest);
        await HasAsync("team/app:v2", Two.Digest);
        await HasAsync("web:v1", Two.Digest);
    }

    [Fact]
    public async Task Two_hosts_with_different_images_of_one_name_end_the_run_before_anything_moves()
    {
        await using var first = await ServeAsync("first", set => set.With(RepositoryName.Parse("team/app"), "v1", One).With(RepositoryName.Parse("a"), "v1", One));
        await using var second = await ServeAsync("second", set => set.With(RepositoryName.Parse("team/app"), "v1", Two));
        await SyncAsync(first, "team/app", "a");
        await SyncAsync(second, "team/app");
        var result = await MigrateAsync($"dir:{Forest}");
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(ErrorCode.MappingCollision, result.Errors, StringComparison.Ordinal);
        Assert.Contains(first.Host, result.Errors, StringComparison.Ordinal);
        Assert.Contains(second.Host, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(_target.Requests, request => request.Method is "POST" or "PUT");
    }

    [Fact]
    public async Task What_a_shell_script_wrote_by_hand_is_read()
    {
        new ImageSet().With(RepositoryName.Parse("alpine"), "3.10.4", One).With(RepositoryName.Parse("library/deep/er/tool"), "1", Two).WriteFolders(Forest);
        foreach (var folder in Directory.GetFiles(Forest, "version", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!))
        {
            File.Delete(Path.Join(folder, "version"));
            File.Move(Path.Join(folder, "manifest.json"), Path.Join(folder, "manifest"));
        }
        // And what the share that it lay on has left.
        foreach (var litter in new[] { "@eaDir", "lost+found", "alpine:3.10.4/@eaDir" })
            Directory.CreateDirectory(Path.Join(Forest, litter));
        var result = await MigrateAsync($"dir:{Forest}");
        Assert.True(result.ExitCode == 0, result.ToString());
        await HasAsync("alpine:3.10.4", One.Digest);
        await HasAsync("library/deep/er/tool:1", Two.Digest);
        Assert.Contains("that systems leave behind", result.Output + result.Errors, StringComparison.Ordinal);
    }

    /// <summary>A registry with these images, which listens on a port of its own.</summary>
    private Task<DockerRegistry> ServeAsync(string name, Func<ImageSet, ImageSet> fill) => DockerRegistry.StartAsync(fill(new ImageSet()).WriteTree(_folder.Of(name)));

    private async Task SyncAsync(DockerRegistry registry, params string[] repositories)
    {
        foreach (var repository in repositories)
            await Skopeo.RunAsync("sync", "--all", "--preserve-digests", "--scoped", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", $"{registry.Host}/{repository}", Forest);
    }

    private Task<ProgramResult> MigrateAsync(string source) =>
        TransferProgram.RunAsync("migrate", source, $"docker://{_target.Host}", "--state-dir", _folder.Of($"state-{_jobs++}"));

    private async Task HasAsync(string image, Digest digest) =>
        Assert.Equal(digest, Digest.OfSha256(Encoding.UTF8.GetBytes(await Skopeo.RunAsync("inspect", "--raw", "--tls-verify=false", $"docker://{_target.Host}/{image}"))));
}

using System.Diagnostics;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Folders;

/// <summary>A storage tree into image folders and back out, with skopeo and docker-registry as witnesses.</summary>
public sealed class FolderRoundTripTests(TreeAndForest written) : IClassFixture<TreeAndForest>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree = written.Tree;
    private int _jobs;

    /// <summary>A test's own, for what it writes in another way.</summary>
    private string Forest => _folder.Of("forest");

    [Theory]
    [InlineData("docker", "auto")]
    [InlineData("registry-tree", "auto")]
    [InlineData("registry-tree", "copy")]
    [InlineData("dir", "auto")]
    public async Task What_went_into_folders_comes_out_with_equal_digests(string form, string link)
    {
        var forest = written.Forest;
        if (link != "auto")
            await MigrateAsync(_tree.Root, $"dir:{forest = Forest}", "--link", link);
        var output = Directory.CreateDirectory(_folder.Of("output")).FullName;
        if (form == "dir")
        {
            await MigrateAsync($"dir:{forest}", $"dir:{output}", "--link", link);
            (form, output) = ("registry-tree", Directory.CreateDirectory(_folder.Of("tree-again")).FullName);
            await MigrateAsync($"dir:{_folder.Of("output")}", $"registry-tree:{output}", "--link", link);
        }
        else if (form == "registry-tree")
        {
            await MigrateAsync($"dir:{forest}", $"registry-tree:{output}", "--link", link);
        }
        await using var registry = await DockerRegistry.StartAsync(output);
        if (form == "docker")
            await MigrateAsync($"dir:{forest}", $"docker://{registry.Host}");
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
        Comparison.HoldsAllBlobs(output, _tree);
        if (form == "registry-tree")
            Assert.Equal(link == "auto", InodeOf(_tree.Root) == InodeOf(output));
    }

    [Fact]
    public async Task Skopeo_syncs_every_folder_that_was_written_to_a_registry()
    {
        await using var registry = await DockerRegistry.StartAsync(Directory.CreateDirectory(_folder.Of("registry")).FullName);
        await Skopeo.RunAsync("sync", "--all", "--preserve-digests", "--scoped", "--dest-tls-verify=false", "--src", "dir", "--dest", "docker", written.Forest, registry.Host);
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
    }

    [Fact]
    public async Task Skopeo_copies_an_index_with_all_its_images_and_an_untagged_one_by_its_digest()
    {
        await MigrateAsync(_tree.Root, $"dir:{Forest}", "--untagged");
        await using var registry = await DockerRegistry.StartAsync(Directory.CreateDirectory(_folder.Of("registry")).FullName);
        foreach (var image in new[] { _tree.Tagged.First(image => _tree.Children.Any(child => child.Name.Repository == image.Name.Repository)), _tree.Untagged[0] })
        {
            await Skopeo.RunAsync("copy", "--all", "--preserve-digests", "--dest-tls-verify=false", $"dir:{Path.Join(Forest, image.Name.ToString())}", $"docker://{registry.Host}/{image.Name}");
            await Skopeo.CopyToFolderAsync(registry.Host, image.Name, _folder.Of($"back-{image.Manifest.Digest.Hex[..8]}"));
        }
    }

    [Fact]
    public async Task Folders_that_skopeo_sync_wrote_are_read_scoped_or_not()
    {
        await using var source = await DockerRegistry.StartAsync(_tree.Root);
        foreach (var repository in _tree.RepositoryBlobs.Keys)
            await Skopeo.RunAsync("sync", "--all", "--preserve-digests", "--scoped", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", $"{source.Host}/{repository}", Forest);
        await using var registry = await DockerRegistry.StartAsync(Directory.CreateDirectory(_folder.Of("registry")).FullName);
        var result = await MigrateAsync($"dir:{Forest}", $"docker://{registry.Host}");
        Assert.Contains($"127.0.0.1:{source.Port}", result.Output + result.Errors, StringComparison.Ordinal);
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
    }

    [Fact]
    public async Task One_folder_that_skopeo_copied_is_migrated_under_its_own_name()
    {
        await using var source = await DockerRegistry.StartAsync(_tree.Root);
        var image = _tree.Tagged[0];
        await Skopeo.CopyToFolderAsync(source.Host, image.Name, _folder.Of("app:v1"));
        var output = _folder.Of("output");
        await MigrateAsync($"dir:{_folder.Of("app:v1")}", $"registry-tree:{output}");
        Assert.Equal(image.Manifest.Digest.ToString(), await File.ReadAllTextAsync(new StorageTreeBuilder(output).TagLinkPath("app", "v1")));
    }

    [Fact]
    public async Task A_killed_run_is_gone_on_with_and_leaves_no_broken_image_in_between()
    {
        await using var source = await DockerRegistry.StartAsync(_tree.Root);
        await using var line = new TcpProxy(source.Port);
        string[] arguments = ["migrate", $"docker://{line.Host}", $"dir:{Forest}", "--src-tls-verify", "false", "--state-dir", _folder.Of("state"), "--json", "--pushers", "2"];
        foreach (var part in new[] { 6, 3 })
        {
            await KilledProgram.RunAsync(line, _tree.Blobs.Count / part, request => request.IsBlobGet, arguments);
            await VerifyFoldersAsync();
        }
        var last = await TransferProgram.RunAsync(arguments);
        last.AssertExit(0);
        Assert.False(Directory.Exists(Path.Join(Forest, ".transfer-engine")));
        last.Verification!.AssertExit(0);
        await source.StopAsync();
        var pulls = source.Requests.Where(request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal)).Select(request => request.Path[^64..]).ToList();
        // At most what two pushers had in hand at each kill came twice.
        Assert.InRange(pulls.Count, _tree.Blobs.Count, _tree.Blobs.Count + (2 * 2));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "/team")]
    [InlineData("/team", "")]
    public async Task Nothing_is_written_into_what_is_being_read(string source, string target)
    {
        Directory.CreateDirectory(Forest + "/team/app:v1");
        await File.WriteAllTextAsync(Forest + "/team/app:v1/manifest.json", "{}");
        var result = await TransferProgram.RunAsync("migrate", $"dir:{Forest}{source}", $"dir:{Forest}{target}", "--state-dir", _folder.Of("state"));
        Assert.Contains("ENDPOINT_INVALID", result.Errors, StringComparison.Ordinal);
        result.AssertExit(2);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ProgramResult> MigrateAsync(string source, string target, params string[] further)
    {
        var result = await TransferProgram.RunAsync(["migrate", source, target, "--dest-tls-verify", "false", "--state-dir", _folder.Of($"state-{_jobs++}"), .. further]);
        result.AssertExit(0);
        return result;
    }

    /// <summary>Every folder that has its name is whole: each of its images can be read, with all of its blobs.</summary>
    private async Task VerifyFoldersAsync()
    {
        var output = _folder.Of($"check-{_jobs}");
        await MigrateAsync($"dir:{Forest}", $"registry-tree:{output}");
    }

    /// <summary>The inode of a blob's file in a storage tree.</summary>
    private string InodeOf(string root)
    {
        var path = new StorageTreeBuilder(root).BlobPath(_tree.Blobs.Keys.First());
        using var process = Process.Start(new ProcessStartInfo("stat", ["-c", "%d:%i", path]) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd();
    }
}

using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.StorageTargets;

/// <summary>Whole runs into a storage tree and into a tar of one, each served by a real registry afterwards.</summary>
public sealed class StorageTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    public StorageTargetTests() => _tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 14, TaggedImages = 60 });

    [Fact]
    public async Task A_tree_goes_into_a_tree_by_links_and_a_registry_serves_it()
    {
        var run = await MigrateAsync(_tree.Root, $"registry-tree:{_folder.Of("target")}");
        run.AssertExit(0);
        Assert.Contains($"{_tree.Uploads} taken as files", run.Output + run.Errors, StringComparison.Ordinal);
        await IsServedAsync(_folder.Of("target"));

        // By its plain path now, as it holds a tree.
        var verified = await TransferProgram.RunAsync("verify", _tree.Root, _folder.Of("target"));
        verified.AssertExit(0);
        var again = await MigrateAsync(_tree.Root, _folder.Of("target"), "--restart");
        again.AssertExit(0);
        Assert.Contains($"{_tree.Tagged.Count} already there", again.Output + again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_goes_into_a_tar_and_unpacked_a_registry_serves_it()
    {
        var archive = _folder.Of("images.tar");
        var run = await MigrateAsync(_tree.Root, $"registry-tar:{archive}");
        run.AssertExit(0);
        Assert.False(File.Exists(archive + ".partial"));
        run.Verification!.AssertExit(0);
        await ServedStorage.UnpackAsync(archive, _folder.Of("target"));
        await IsServedAsync(_folder.Of("target"));
    }

    [Theory]
    [InlineData("registry-tree")]
    [InlineData("registry-tar")]
    public async Task A_live_registry_goes_into_storage(string scheme)
    {
        var target = _folder.Of("written");
        await using (var source = await DockerRegistry.StartAsync(_tree.Root))
        {
            var run = await MigrateAsync($"docker://{source.Host}", $"{scheme}:{target}", "--src-tls-verify", "false");
            run.AssertExit(0);
        }
        if (scheme == "registry-tar")
            await ServedStorage.UnpackAsync(target, target = _folder.Of("unpacked"));
        await IsServedAsync(target);
    }

    [Fact]
    public async Task A_target_that_is_the_source_or_lies_in_it_is_refused()
    {
        foreach (var target in new[] { _tree.Root, $"registry-tree:{_tree.Root}/docker/registry/v2/repositories/inside" })
        {
            var run = await MigrateAsync(_tree.Root, target);
            run.AssertExit(2);
            Assert.Contains("ENDPOINT_INVALID", run.Errors, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Path.Join(_tree.Root, "docker/registry/v2/_transfer")));
    }

    [Fact]
    public async Task A_plain_path_without_a_tree_says_what_to_write()
    {
        var run = await MigrateAsync(_tree.Root, _folder.Of("nothing"));
        run.AssertExit(2);
        Assert.Contains($"registry-tree:{_folder.Of("nothing")}", run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Of("nothing")));
    }

    [Fact]
    public async Task Harbors_storage_is_refused_before_anything_is_written()
    {
        Directory.CreateDirectory(_folder.Of("data/database"));
        Directory.CreateDirectory(_folder.Of("data/redis"));
        var run = await MigrateAsync(_tree.Root, $"registry-tree:{_folder.Of("data/registry")}");
        run.AssertExit(3);
        Assert.Contains("--harbor-1", run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Of("data/registry")));
    }

    public void Dispose() => _folder.Dispose();

    private Task<ProgramResult> MigrateAsync(string source, string target, params string[] further) =>
        TransferProgram.RunAsync(["migrate", source, target, "--state-dir", _folder.Of("state"), .. further]);

    private async Task IsServedAsync(string target)
    {
        Comparison.HoldsAllBlobs(target, _tree);
        await using var registry = await DockerRegistry.StartAsync(target);
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
        Assert.Equal(_tree.Tagged.Count, await ServedStorage.PullAllAsync(registry));
    }
}

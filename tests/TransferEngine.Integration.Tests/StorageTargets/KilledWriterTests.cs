using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.StorageTargets;

/// <summary>Runs that are killed while they write storage, and taken up again by the same command.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private const int Kills = 4;

    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    public KilledWriterTests() => _tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 20, TaggedImages = 100 });

    [Fact]
    public async Task After_each_kill_the_tree_has_no_broken_image_and_the_last_run_completes_it()
    {
        var target = _folder.Of("target");
        await using var source = await DockerRegistry.StartAsync(_tree.Root);
        await using var line = new TcpProxy(source.Port);
        var told = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            told += KilledProgram.Migrated(await KillAsync(line, $"registry-tree:{target}"));
            await using var registry = await DockerRegistry.StartAsync(target);
            Assert.InRange(await ServedStorage.PullAllAsync(registry), told, _tree.Tagged.Count);
        }
        var last = await TransferProgram.RunAsync(Arguments(line, $"registry-tree:{target}"));
        last.AssertExit(0);
        Assert.Empty(Directory.EnumerateFiles(target, "*.tmp", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Join(target, "docker/registry/v2/_transfer")));
        await IsWholeAsync(target);
    }

    [Fact]
    public async Task A_tar_that_was_killed_again_and_again_is_whole_in_the_end()
    {
        var archive = _folder.Of("images.tar");
        await using var source = await DockerRegistry.StartAsync(_tree.Root);
        await using var line = new TcpProxy(source.Port);
        for (var kill = 1; kill <= Kills; kill++)
        {
            await KillAsync(line, $"registry-tar:{archive}");
            Assert.False(File.Exists(archive));
        }
        var last = await TransferProgram.RunAsync(Arguments(line, $"registry-tar:{archive}"));
        last.AssertExit(0);
        Assert.False(File.Exists(archive + ".partial"));
        await ServedStorage.UnpackAsync(archive, _folder.Of("unpacked"));
        await IsWholeAsync(_folder.Of("unpacked"));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Arguments(TcpProxy line, string target) => ["migrate", $"docker://{line.Host}", target, "--src-tls-verify", "false", "--state-dir", _folder.Of("state"), "--json"];

    private Task<ProgramResult> KillAsync(TcpProxy line, string target) =>
        KilledProgram.RunAsync(line, _tree.Manifests / (Kills + 2), request => request.IsManifestGet, Arguments(line, target));

    private async Task IsWholeAsync(string target)
    {
        Comparison.HoldsAllBlobs(target, _tree);
        await using var registry = await DockerRegistry.StartAsync(target);
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
        Assert.Equal(_tree.Tagged.Count, await ServedStorage.PullAllAsync(registry));
    }
}

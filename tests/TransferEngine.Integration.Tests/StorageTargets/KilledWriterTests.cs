using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.StorageTargets;

/// <summary>Runs that are killed while they write storage, and taken up again by the same command.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private const int Kills = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    public KilledWriterTests() => _tree = SampleTree.Build(_folder.Of("source"));

    /// <summary>Copies, which take longer than links and leave more behind.</summary>
    [Fact]
    public async Task After_each_kill_the_tree_has_no_broken_image_and_the_last_run_completes_it()
    {
        var target = _folder.Of("target");
        var seen = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            seen += await KillAfterAsync($"registry-tree:{target}", Goal(kill, seen), "--link", "copy");
            await using var registry = await DockerRegistry.StartAsync(target);
            Assert.InRange(await ServedStorage.PullAllAsync(registry), seen, _tree.Tagged.Count);
        }
        var last = await TransferProgram.RunAsync(Arguments($"registry-tree:{target}", "--link", "copy"));
        last.AssertExit(0);
        Assert.Empty(Directory.EnumerateFiles(target, "*.tmp", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Join(target, "docker/registry/v2/_transfer")));
        await IsWholeAsync(target);
    }

    [Fact]
    public async Task A_tar_that_was_killed_again_and_again_is_whole_in_the_end()
    {
        var archive = _folder.Of("images.tar");
        var seen = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            seen += await KillAfterAsync($"registry-tar:{archive}", Goal(kill, seen));
            Assert.False(File.Exists(archive));
        }
        var last = await TransferProgram.RunAsync(Arguments($"registry-tar:{archive}"));
        last.AssertExit(0);
        Assert.False(File.Exists(archive + ".partial"));
        await ServedStorage.UnpackAsync(archive, _folder.Of("unpacked"));
        await IsWholeAsync(_folder.Of("unpacked"));
    }

    public void Dispose() => _folder.Dispose();

    private int Goal(int kill, int seen) => Math.Max(1, (_tree.Tagged.Count * kill / (Kills + 2)) - seen);

    private string[] Arguments(string target, params string[] further) => ["migrate", _tree.Root, target, "--state-dir", _folder.Of("state"), .. further];

    private async Task IsWholeAsync(string target)
    {
        Comparison.HoldsAllBlobs(target, _tree);
        await using var registry = await DockerRegistry.StartAsync(target);
        await Comparison.HoldsAllTagsAsync(registry.Host, _tree);
        Assert.Equal(_tree.Tagged.Count, await ServedStorage.PullAllAsync(registry));
    }

    /// <summary>Starts the run, kills it with SIGKILL once so many images were migrated; returns how many it told of.</summary>
    private async Task<int> KillAfterAsync(string target, int images, params string[] further)
    {
        var seen = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var program = TransferProgram.Start(Arguments(target, [.. further, "--json"]), line =>
        {
            if (line.Contains("\"migrated\"", StringComparison.OrdinalIgnoreCase) && line.Contains("\"image\"", StringComparison.Ordinal) && ++seen == images)
                reached.TrySetResult();
        });
        var ended = program.EndAsync();
        if (await Task.WhenAny(reached.Task, ended) == ended)
            Assert.Fail($"The run ended after {seen} images, before it could be killed: {await ended}");
        program.Kill();
        (await ended).AssertExit(137);
        return seen;
    }
}

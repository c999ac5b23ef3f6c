using System.Diagnostics;
using System.Text;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

public sealed class LargeLayerTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task A_layer_of_200_MB_that_forty_images_want_at_once_is_uploaded_once()
    {
        await using var job = await Job.CreateAsync();
        var tree = new StorageTreeBuilder(job.SourceRoot);
        var shared = tree.AddBlob(Noise(200 * MiB, seed: 1));
        for (var i = 0; i < 40; i++)
            tree.AddImage($"team/app{i}", "v1", new ImageSpec(tree.AddBlob(Config(i)), [shared]));
        // All forty repositories are open at the same time, so that all ask for the layer before it is there.
        var result = await job.MigrateAsync("--config", WriteConfig(job, "open-repositories = 40"));
        result.AssertExit(0);

        await job.Target.StopAsync();
        Assert.Single(job.Target.Requests, request => request.IsUploadCommit && UploadedDigest.Of(request) == shared.Digest);
        Assert.Equal(39, job.Target.Requests.Count(request => request.IsMount));
    }

    [Fact]
    public async Task While_the_target_reads_nothing_for_ten_seconds_memory_stays_flat_and_the_run_goes_on_after()
    {
        await using var job = await Job.CreateAsync();
        var tree = new StorageTreeBuilder(job.SourceRoot);
        for (var i = 0; i < 8; i++)
            tree.AddImage($"app{i}", "v1", new ImageSpec(tree.AddBlob(Config(i)), [tree.AddBlob(Noise(48 * MiB, seed: i))]) { Format = ManifestFormat.Docker });
        await using var proxy = new TcpProxy(job.Target.Port);
        await using var program = TransferProgram.Start(["migrate", job.SourceRoot, $"docker://{proxy.Host}", "--state-dir", job.StateDirectory]);
        var ended = program.EndAsync();
        await PollAsync(() => proxy.Received > 32 * MiB, ended);

        proxy.Pause();
        var start = program.ResidentBytes();
        var highest = start;
        var clock = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (clock.Elapsed < TimeSpan.FromSeconds(10) && await tick.WaitForNextTickAsync())
            highest = Math.Max(highest, program.ResidentBytes());
        Assert.False(ended.IsCompleted);
        // What may still come are the pushers' pipes and pooled buffers, not the 250 MB that wait in the tree.
        Assert.InRange(highest - start, 0, 32 * MiB);

        proxy.Resume();
        var result = await ended;
        result.AssertExit(0);
    }

    private static async Task PollAsync(Func<bool> isReached, Task<ProgramResult> program)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!isReached())
        {
            if (program.IsCompleted)
                Assert.Fail($"The run ended early: {await program}");
            await tick.WaitForNextTickAsync();
        }
    }

    private static string WriteConfig(Job job, string line)
    {
        var path = job.InFolder("engine.conf");
        File.WriteAllText(path, $"transfer-engine {{ {line} }}");
        return path;
    }

    private static byte[] Config(int id) => Encoding.UTF8.GetBytes($$"""{"id":{{id}}}""");

    private static byte[] Noise(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

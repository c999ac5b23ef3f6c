using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A run that is killed again and again, and taken up each time by the same command.</summary>
public sealed class KilledRunTests
{
    private const int Kills = 20;
    private const int Pushers = 4;
    private const int MaxLayer = 256 * 1024;

    [Fact]
    public async Task Killed_at_twenty_moments_a_run_ends_complete_and_sends_little_twice()
    {
        await using var job = await Job.CreateAsync();
        var tree = SampleTree.Build(job.SourceRoot, new SampleTreeOptions { MaxLayerBytes = MaxLayer });
        var images = tree.Tagged.Count;
        var migrated = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            // Spread over the run by what has been done, not by the clock.
            var goal = images * kill / (Kills + 2);
            migrated += await RunUntilAsync(job, Math.Max(1, goal - migrated));
        }
        Assert.InRange(migrated, images / 2, images - 1);

        var last = await job.MigrateAsync("--pushers", $"{Pushers}");
        last.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(job.Target.Host, tree);
        Comparison.HoldsAllBlobs(job.TargetRoot, tree);

        await job.Target.StopAsync();
        var sent = job.Target.Requests.Where(request => request.IsUploadCommit).Sum(request => tree.Blobs[UploadedDigest.Of(request)]);
        var inFlight = (long)Kills * Pushers * MaxLayer;
        Assert.InRange(sent, tree.DistinctBytes, tree.DistinctBytes + inFlight);
    }

    /// <summary>Starts the run, kills it with SIGKILL once so many images were migrated; returns how many it told of.</summary>
    private static async Task<int> RunUntilAsync(Job job, int images)
    {
        var seen = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var program = TransferProgram.Start(job.Arguments("--json", "--pushers", $"{Pushers}"), line =>
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

using System.Globalization;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A run that is killed again and again, and taken up each time by the same command.</summary>
public sealed class KilledRunTests
{
    // tests/kills asks for more of them, and has a larger tree for them. Early ones come within so many requests.
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("KILLS") ?? "20", CultureInfo.InvariantCulture);
    private static readonly (int Repositories, int Images, int Requests) Size = Kills > 20 ? (30, 520, 120) : (20, 100, 60);

    private const int Pushers = 4;
    private const int MaxLayer = 256 * 1024;

    [Fact]
    public async Task Killed_again_and_again_a_run_ends_complete_and_sends_little_twice()
    {
        await using var job = await Job.CreateAsync();
        var tree = SampleTree.Build(job.SourceRoot, new SampleTreeOptions { Repositories = Size.Repositories, TaggedImages = Size.Images, MaxLayerBytes = MaxLayer });
        await using var line = new TcpProxy(job.Target.Port);
        string[] arguments = ["migrate", job.SourceRoot, $"docker://{line.Host}", "--state-dir", job.StateDirectory, "--pushers", $"{Pushers}"];
        var random = new Random(Kills);
        for (var kill = 1; kill <= Kills; kill++)
        {
            // By turns after some more images, and at whatever request, early or late: listing, uploading, pushing.
            var (passing, kind) = kill % 2 == 0
                ? (random.Next((2 * tree.Tagged.Count / (Kills + 4)) + 1), (Func<ProxiedRequest, bool>)(request => request.IsTagPut))
                : (random.Next(Size.Requests), _ => true);
            await KilledProgram.RunAsync(line, passing, kind, arguments);
        }

        var last = await TransferProgram.RunAsync(arguments);
        last.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(job.Target.Host, tree);
        Comparison.HoldsAllBlobs(job.TargetRoot, tree);

        await job.Target.StopAsync();
        var sent = job.Target.Requests.Where(request => request.IsUploadCommit).Sum(request => tree.Blobs[UploadedDigest.Of(request)]);
        var inFlight = (long)Kills * Pushers * MaxLayer;
        Assert.InRange(sent, tree.DistinctBytes, tree.DistinctBytes + inFlight);
    }
}

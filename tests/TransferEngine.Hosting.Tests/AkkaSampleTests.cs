using System.Globalization;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>The program of tests/TransferEngine.AkkaHosting.Sample: three jobs at once in the host's own actor system.</summary>
public sealed class AkkaSampleTests : IDisposable
{
    private const string Sample = "TransferEngine.AkkaHosting.Sample";
    private const int Images = 40;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sample_needs_no_ASP_NET() => SampleProgram.DemandNoAspNet(Sample);

    [Fact]
    public async Task The_cancelled_job_goes_on_the_second_time_and_the_others_never_notice()
    {
        var tree = new StorageTreeBuilder(_folder.Of("source"));
        for (var i = 0; i < Images; i++)
            tree.AddImage($"team/app{i}", "1.0", "shared layer", $"app {i}");

        var (exitCode, output, errors) = await RunAsync(tree.Root, "two");
        Assert.True(exitCode == 1, output + errors);
        Assert.Equal(["one: completed", "two: interrupted", "three: completed"], output[..3]);
        Assert.Equal([$"metrics: one, {Images} images", $"metrics: three, {Images} images"], output[3..5]);
        Assert.InRange(int.Parse(output[5].Split(' ')[2], CultureInfo.InvariantCulture), 1, Images - 1);
        Assert.Equal(End, output[6..]);
        Assert.Equal("", errors);

        (exitCode, output, errors) = await RunAsync(tree.Root, "none");
        Assert.True(exitCode == 0, output + errors);
        Assert.Equal(["one: completed", "two: completed", "three: completed"], output[..3]);
        Assert.Equal(new[] { "one", "three", "two" }.Select(job => $"metrics: {job}, {Images} images"), output[3..6]);
        Assert.Equal(End, output[6..]);
        Assert.Equal("", errors);
    }

    private static IEnumerable<string> End =>
    [
        "health: transfer-engine-journal, Healthy, The journal can be written.",
        "health: transfer-engine-actor-system, Healthy, The actor system answers. Jobs at work: 0.",
        "actor system: warehouse",
    ];

    private async Task<(int ExitCode, string[] Output, string Errors)> RunAsync(string tree, string cancelled)
    {
        // One repository after the other: when the first image is there, most are not.
        var (exitCode, output, errors) = await SampleProgram.RunAsync(Sample, tree, _folder.Of("targets"), cancelled,
            $"--transfer-engine:journal:StateDirectory={_folder.Of("state")}", "--transfer-engine:open-repositories=1");
        return (exitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), errors);
    }
}

using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>The README's first command.</summary>
public sealed class DemoTests(DemoRun demo) : IClassFixture<DemoRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task It_migrates_and_verifies_and_leaves_two_trees_that_real_tools_read()
    {
        demo.Result.AssertExit(0);
        Assert.Contains("34 migrated, 0 already there, 0 skipped, 0 failed", demo.Result.Output, StringComparison.Ordinal);
        Assert.Contains("Verified: 34 images, all there", demo.Result.Output, StringComparison.Ordinal);
        Assert.Contains($"transfer serve {demo.Target}", demo.Result.Output, StringComparison.Ordinal);

        await using var judge = await DockerRegistry.StartAsync(demo.Target);
        await Skopeo.CopyToFolderAsync(judge.Host, new ImageReference(RepositoryName.Parse("tools/backup"), Tag.Parse("latest")), _folder.Of("pulled"));
        await Skopeo.RunAsync("inspect", "--tls-verify=false", $"docker://{judge.Host}/shop/cart:2.0.0");
    }

    [Fact]
    public async Task The_command_that_it_leaves_works()
    {
        await using var served = await ServedRegistry.StartAsync(demo.Target);
        var plan = await TransferProgram.RunAsync("plan", demo.Source, $"docker://{served.Host}");
        Assert.Contains("0 to migrate, 34 already there", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_stops_serving_with_success()
    {
        await using var served = await ServedRegistry.StartAsync(demo.Target, "--access-log");
        using (var client = new PushingClient(served.Address))
            await client.GetTextAsync("/v2/_catalog");
        var result = await served.InterruptAsync();
        result.AssertExit(0);
        Assert.Contains("(read-only) at http://127.0.0.1:", result.Output, StringComparison.Ordinal);
        Assert.Contains("GET /v2/_catalog 200", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_holds_one_already_is_refused()
    {
        Directory.CreateDirectory(_folder.Of("source"));
        var again = await TransferProgram.RunAsync("demo", _folder.Path);
        again.AssertExit(2);
        Assert.Contains("name another folder", again.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}

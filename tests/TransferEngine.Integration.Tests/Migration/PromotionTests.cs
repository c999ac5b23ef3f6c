using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>From one part of a registry into another one: what is to be moved is there already.</summary>
public sealed class PromotionTests : IAsyncLifetime
{
    private Job _job = null!;

    public async Task InitializeAsync() => _job = await Job.CreateAsync();

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Fact]
    public async Task Within_one_registry_every_blob_is_mounted_and_none_is_read_or_sent()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 12, TaggedImages = 60 });
        await using var registry = await DockerRegistry.StartAsync(_job.SourceRoot);
        var (source, target) = ($"docker://{registry.Host}", $"docker://{registry.Host}/prod");
        string[] others = ["--exclude", "prod/**"];
        var planned = await TransferProgram.RunAsync(["plan", source, target, .. others]);
        planned.AssertExit(0);
        Assert.Contains("upload     0 blobs, 0 B", planned.Output, StringComparison.Ordinal);

        var result = await TransferProgram.RunAsync(["migrate", source, target, .. others, "--state-dir", _job.StateDirectory]);
        result.AssertExit(0);
        Assert.Contains("0 uploaded (0 B)", result.Output, StringComparison.Ordinal);
        await Comparison.HoldsAllTagsAsync(registry.Host, tree, "prod/");

        await registry.StopAsync();
        Assert.DoesNotContain(registry.Requests, request => request.IsUploadStart && !request.IsMount);
        Assert.DoesNotContain(registry.Requests, request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal));
        Assert.DoesNotContain(registry.Requests, request => request.Method is "PUT" or "PATCH" && request.Path.Contains("/blobs/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_that_would_be_listed_again_below_its_own_name_is_refused_with_the_way_out()
    {
        await using var registry = await DockerRegistry.StartAsync(_job.SourceRoot);
        var result = await TransferProgram.RunAsync("migrate", $"docker://{registry.Host}", $"docker://{registry.Host}/prod", "--state-dir", _job.StateDirectory);
        result.AssertExit(2);
        Assert.Contains(ErrorCode.EndpointInvalid, result.Errors, StringComparison.Ordinal);
        Assert.Contains("--exclude", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_registry_does_not_mount_is_uploaded()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 4, TaggedImages = 12 });
        await using var registry = await DockerRegistry.StartAsync(_job.SourceRoot);
        // Another name of the same machine: nobody can know that it is the same registry.
        var result = await TransferProgram.RunAsync("migrate", $"docker://localhost:{registry.Port}", $"docker://{registry.Host}/prod", "--exclude", "prod/**", "--state-dir", _job.StateDirectory);
        result.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(registry.Host, tree, "prod/");
    }
}

using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hosting;
using TransferEngine.Registry;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Faults;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests.Faults;

using Faults = TransferEngine.TestKit.Faults.Faults;

/// <summary>The engine against a registry that misbehaves: all images arrive, and little is asked twice.</summary>
public sealed class MigrationUnderFaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    public MigrationUnderFaultsTests() =>
        _tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 6, TaggedImages = 40, MaxLayerBytes = 16 * 1024 });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_images_arrive_through_random_trouble(int seed)
    {
        await using var registry = await FaultyRegistry.StartAsync(_folder.Of("target"), seed);
        foreach (var fault in new[] { Faults.Answer(500), Faults.Answer(502), Faults.Answer(503), Faults.TooManyRequests(TimeSpan.Zero), Faults.CutRequest(2_000) })
            registry.Add(new FaultRule(request => request.Path != "/v2/", fault) { Probability = 0.02 });
        await MigrateAsync(registry, retries: 10);
        Assert.Contains(registry.Requests, request => request.Status >= 429);
    }

    [Theory]
    [InlineData(202)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Refused_mounts_become_uploads(int status)
    {
        await using var registry = await FaultyRegistry.StartAsync(_folder.Of("target"));
        registry.Add(request => request.IsMount, Faults.RefuseMount(status));
        await MigrateAsync(registry);
        var uploads = registry.Requests.Count(request => request is { Method: "PUT", IsUpload: true, Status: 201 });
        Assert.Equal(_tree.RepositoryBlobs.Values.Sum(blobs => blobs.Count), uploads);
    }

    [Fact]
    public async Task Locations_are_used_as_they_come()
    {
        await using var registry = await FaultyRegistry.StartAsync(_folder.Of("target"));
        registry.Add(request => request.IsUpload, new UploadState().Fault);
        await MigrateAsync(registry);
        Assert.DoesNotContain(registry.Requests, request => request.IsUpload && request.Status == 404);
    }

    [Fact]
    public async Task Tokens_that_end_during_the_run_are_renewed()
    {
        await using var registry = await FaultyRegistry.StartAsync(_folder.Of("target"));
        var gate = new TokenGate(TimeSpan.FromMinutes(5), TimeProvider.System);
        // Every fiftieth request finds its token withdrawn, as one whose time is over.
        for (var i = 1; i <= 4; i++)
            registry.Add(new FaultRule(request => request.Path != "/token" && request.Authorization == "Bearer", async (context, next) =>
            {
                context.Request.Headers.Authorization = "";
                await gate.Fault(context, next);
            }) { After = i * 50, Times = 1 });
        registry.Add(_ => true, gate.Fault);
        await MigrateAsync(registry, verify: false);
        Assert.True(gate.Issued >= 6, $"{gate.Issued} tokens");
    }

    private async Task MigrateAsync(FaultyRegistry registry, int retries = 3, bool verify = true)
    {
        var services = new ServiceCollection();
        services.AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        services.Configure<RegistryOptions>(options => (options.RetryTimes, options.RetryDelay) = (retries, TimeSpan.FromMilliseconds(1)));
        await using var provider = services.BuildServiceProvider();
        var endpoints = provider.GetRequiredService<IEndpoints>();
        await using var source = endpoints.OpenSource(_tree.Root);
        await using var target = endpoints.OpenTarget($"docker://{registry.Host}");
        var failures = new Failures();
        var report = await provider.GetRequiredService<ITransferEngine>().MigrateAsync(new MigrationJob(source, target), failures, CancellationToken.None);
        Assert.True(report.IsComplete, string.Join('\n', failures.All) + report.Fatal);
        Assert.Equal(_tree.Tagged.Count, report.Totals.Migrated);
        if (verify)
            await AssertAllTagsAsync(registry);
    }

    private async Task AssertAllTagsAsync(FaultyRegistry registry)
    {
        // What is on the disk counts, past all faults.
        var written = new StorageTreeBuilder(_folder.Of("target"));
        foreach (var image in _tree.Tagged)
            Assert.Equal(image.Manifest.Digest.ToString(), await File.ReadAllTextAsync(written.TagLinkPath(image.Name.Repository.ToString(), image.Name.Reference.ToString())));
        Assert.NotEmpty(registry.Requests);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Failures : IMigrationObserver
    {
        public List<string> All { get; } = [];

        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult result)
        {
            if (result.Outcome != ImageOutcome.Migrated)
                All.Add($"{result.Display}: {result.Error}");
        }
    }
}

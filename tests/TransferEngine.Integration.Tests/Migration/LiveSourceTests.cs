using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>From one docker-registry into another, with no look at the first one's disk.</summary>
public sealed class LiveSourceTests : IAsyncLifetime
{
    private const int MaxLayer = 256 * 1024;
    private const int Pushers = 4;

    private Job _job = null!;

    public async Task InitializeAsync() => _job = await Job.CreateAsync();

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Fact]
    public async Task Everything_arrives_and_the_source_is_asked_for_each_blob_and_manifest_once()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 30, TaggedImages = 200 });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        // A verification follows below, when the requests have been counted.
        var result = await TransferProgram.RunAsync(Unverified.RequestsAreCounted, Arguments(source.Host));
        result.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_job.Target.Host, tree);
        Comparison.HoldsAllBlobs(_job.TargetRoot, tree);

        await source.StopAsync();
        Assert.Equal(tree.Blobs.Keys.Order(), BlobsRead(source).Order());
        var manifests = source.Requests.Where(request => request.Method == "GET" && request.IsManifest).Select(DigestOf).ToList();
        var distinct = tree.Tagged.Concat(tree.Children).Select(image => image.Manifest.Digest).ToHashSet();
        Assert.Equal(distinct.Order(), manifests.Order());
        Assert.Equal(tree.Tagged.Count, source.Requests.Count(request => request.Method == "HEAD"));

        await using var again = await DockerRegistry.StartAsync(_job.SourceRoot, new DockerRegistryOptions { Port = source.Port });
        var verified = await TransferProgram.RunAsync("verify", $"docker://{again.Host}", _job.TargetEndpoint);
        verified.AssertExit(0);
    }

    [Fact]
    public async Task Killed_again_and_again_a_run_ends_complete_and_reads_little_twice()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 20, TaggedImages = 100, MaxLayerBytes = MaxLayer });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        await using var line = new TcpProxy(_job.Target.Port);
        string[] arguments = ["migrate", $"docker://{source.Host}", $"docker://{line.Host}", "--state-dir", _job.StateDirectory, "--pushers", $"{Pushers}"];
        const int kills = 3;
        for (var kill = 1; kill <= kills; kill++)
            await KilledProgram.RunAsync(line, tree.Tagged.Count / (kills + 2), request => request.IsTagPut, arguments);
        var last = await TransferProgram.RunAsync(arguments);
        last.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_job.Target.Host, tree);
        Comparison.HoldsAllBlobs(_job.TargetRoot, tree);

        await source.StopAsync();
        Assert.InRange(BlobsRead(source).Sum(digest => tree.Blobs[digest]), tree.DistinctBytes, tree.DistinctBytes + ((long)kills * Pushers * MaxLayer));
    }

    [Fact]
    public async Task A_line_that_breaks_costs_a_Range_request_and_no_second_upload()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 3, TaggedImages = 6, BaseImages = 2, MinLayerBytes = 8_000_000, MaxLayerBytes = 12_000_000 });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        await using var line = new TcpProxy(source.Port);
        line.Schedule = request => request.IsBlobGet && line.Met.Count < 12 ? new LineFault.CutAnswer(3_000_000) : null;
        var result = await MigrateAsync(line.Host);
        result.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_job.Target.Host, tree);
        Comparison.HoldsAllBlobs(_job.TargetRoot, tree);

        await _job.Target.StopAsync();
        Assert.True(line.Met.Count >= 12, $"{line.Met.Count} cuts");
        Assert.Equal(tree.Blobs.Count, _job.Target.Requests.Count(request => request.IsUploadStart && !request.IsMount));
        await source.StopAsync();
        Assert.Contains(source.Requests, request => request.Status == 206);
    }

    [Fact]
    public async Task A_path_in_the_address_means_the_repositories_below_it_and_the_one_of_that_name()
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 12, TaggedImages = 24 });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        var listed = await TransferProgram.RunAsync("list", $"docker://{source.Host}/service2");
        listed.AssertExit(0);
        var expected = tree.Tagged.Select(image => image.Name.ToString()).Where(name => name.StartsWith("service2:", StringComparison.Ordinal) || name.StartsWith("service2/", StringComparison.Ordinal));
        Assert.Equal(expected.Order(StringComparer.Ordinal), listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        var nothing = await TransferProgram.RunAsync("list", $"docker://{source.Host}/servic");
        nothing.AssertExit(3);
        Assert.Contains(ErrorCode.SourceNotFound, nothing.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_list_narrows_a_registry_and_a_tree_alike_and_what_is_not_there_fails_by_its_line(bool isLive)
    {
        var tree = SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 12, TaggedImages = 48 });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        var (one, other) = (tree.Tagged[0], tree.Tagged.Last(image => image.Name.Repository != tree.Tagged[0].Name.Repository));
        var whole = other.Name.Repository;
        var untagged = tree.Untagged[0];
        var list = _job.InFolder("images-list.txt");
        await File.WriteAllLinesAsync(list, ["# what to move", $"{one.Name}", $"  {whole}   # all tags", $"{untagged.Name.Repository}@{untagged.Manifest.Digest}", "no/such:1", $"{whole}:not-there", "nobody"]);

        var result = await TransferProgram.RunAsync("migrate", isLive ? $"docker://{source.Host}" : _job.SourceRoot, _job.TargetEndpoint,
            "--images", list, "--state-dir", _job.StateDirectory, "--report", _job.ReportPath);
        result.AssertExit(1);
        var images = _job.ReportedImages();
        var expected = tree.Tagged.Where(image => image.Name == one.Name || image.Name.Repository == whole).Select(image => $"{image.Name}")
            .Append($"{untagged.Name.Repository}:{untagged.Manifest.Digest}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), images.Where(image => image.Value.GetProperty("outcome").GetString() == "migrated").Select(image => image.Key).Order(StringComparer.Ordinal));
        foreach (var (name, line) in new[] { ("no/such:1", 5), ($"{whole}:not-there", 6), ("nobody:*", 7) })
            Assert.Contains($"Line {line} of the list", images[name].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Untagged_is_refused_for_a_registry_with_a_way_out()
    {
        SampleTree.Build(_job.SourceRoot, new SampleTreeOptions { Repositories = 2, TaggedImages = 4 });
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        var result = await MigrateAsync(source.Host, "--untagged");
        result.AssertExit(2);
        Assert.Contains("Leave --untagged out", result.Errors, StringComparison.Ordinal);
    }

    private static List<Digest> BlobsRead(DockerRegistry source) =>
        [.. source.Requests.Where(request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal)).Select(DigestOf)];

    private static Digest DigestOf(RegistryRequest request) => Digest.Parse(request.Path[(request.Path.LastIndexOf('/') + 1)..]);

    private string[] Arguments(string host, params string[] further) =>
        ["migrate", $"docker://{host}", _job.TargetEndpoint, "--state-dir", _job.StateDirectory, "--pushers", $"{Pushers}", .. further];

    private Task<ProgramResult> MigrateAsync(string host, params string[] further) => TransferProgram.RunAsync(Arguments(host, further));
}

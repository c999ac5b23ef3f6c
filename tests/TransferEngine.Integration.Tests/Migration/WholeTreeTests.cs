using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A plausible tree of 520 tags in 60 repositories, from a folder into an empty docker-registry.</summary>
public sealed class WholeTreeTests : IAsyncLifetime
{
    private Job _job = null!;
    private SampleTree _tree = null!;
    private StorageTreeBuilder _builder = null!;

    public async Task InitializeAsync()
    {
        _job = await Job.CreateAsync();
        _tree = SampleTree.Build(_job.SourceRoot);
        _builder = new StorageTreeBuilder(_job.SourceRoot);
    }

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Fact]
    public async Task The_sample_tree_is_one_that_docker_registry_itself_serves()
    {
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        Assert.True(_tree.Tagged.Count >= 500 && _tree.RepositoryBlobs.Count == 60);
        await Comparison.HoldsAllTagsAsync(source.Host, _tree);
    }

    [Fact]
    public async Task Everything_arrives_and_each_distinct_blob_is_uploaded_once_and_mounted_once_per_further_repository()
    {
        var result = await _job.MigrateAsync(Unverified.RequestsAreCounted);
        result.AssertExit(0);
        Assert.All(_job.ReportedImages().Values, image => Assert.Equal("migrated", image.GetProperty("outcome").GetString(), ignoreCase: true));
        Assert.Equal(_tree.Tagged.Count, _job.ReportedImages().Count);

        await _job.Target.StopAsync();
        var requests = _job.Target.Requests;
        var uploads = requests.Where(request => request.IsUploadCommit).Select(UploadedDigest.Of).ToList();
        Assert.Equal(_tree.Blobs.Keys.Order(), uploads.Order());
        Assert.Equal(_tree.Mounts, requests.Count(request => request.IsMount));
        Assert.Equal(uploads.Count + _tree.Mounts, requests.Count(request => request.IsUploadStart));
        Assert.DoesNotContain(requests, request => request.IsUploadCancel);
        Assert.DoesNotContain(requests, request => request.Method == "GET" && request.IsManifest);
        Assert.DoesNotContain(requests, request => request.Method == "HEAD");
        Comparison.HoldsAllBlobs(_job.TargetRoot, _tree);
    }

    [Fact]
    public async Task Skopeo_pulls_back_what_was_pushed_byte_for_byte()
    {
        (await _job.MigrateAsync()).AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_job.Target.Host, _tree);
        var samples = _tree.Tagged.Where(image => image.Name.Reference.ToString() is "current" or "_x" or "link")
            .Concat(_tree.Tagged.Where((_, i) => i % 97 == 0))
            .Append(_tree.Tagged.First(image => ReadManifest(image.Manifest.Digest).IsIndex))
            .DistinctBy(image => image.Name);
        foreach (var image in samples)
        {
            var folder = _job.InFolder($"pulled-{image.Manifest.Digest.Hex[..12]}-{image.Name.Reference}");
            await Skopeo.CopyToFolderAsync(_job.Target.Host, image.Name, folder);
            Assert.Equal(File.ReadAllBytes(_builder.BlobPath(image.Manifest.Digest)), File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
            foreach (var blob in ReadManifest(image.Manifest.Digest).Blobs)
                Assert.Equal(File.ReadAllBytes(_builder.BlobPath(blob.Digest)), File.ReadAllBytes(Path.Combine(folder, blob.Digest.Hex)));
        }
    }

    [Fact]
    public async Task The_same_command_again_sends_nothing_and_asks_little()
    {
        (await _job.MigrateAsync(Unverified.RequestsAreCounted)).AssertExit(0);
        var first = _job.Target.Requests.Count;
        (await _job.MigrateAsync(Unverified.RequestsAreCounted)).AssertExit(0);
        await _job.Target.StopAsync();
        var again = _job.Target.Requests.Skip(first).ToList();
        Assert.DoesNotContain(again, request => request.Method is "POST" or "PUT" or "PATCH");
        Assert.True(again.Count * 5 < first, $"{again.Count} requests after {first}");
    }

    [Fact]
    public async Task A_trusted_journal_asks_the_target_nothing_but_whether_it_is_there()
    {
        (await _job.MigrateAsync(Unverified.RequestsAreCounted)).AssertExit(0);
        var before = _job.Target.Requests.Count;
        (await _job.MigrateAsync(Unverified.RequestsAreCounted, "--trust-journal")).AssertExit(0);
        await _job.Target.StopAsync();
        Assert.All(_job.Target.Requests.Skip(before), request => Assert.Equal("/v2/", request.Path));
    }

    [Fact]
    public async Task Untagged_revisions_are_taken_on_request()
    {
        (await _job.MigrateAsync("--untagged")).AssertExit(0);
        using var client = new HttpClient();
        foreach (var image in _tree.Untagged)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{_job.Target.Host}/v2/{image.Name.Repository}/manifests/{image.Manifest.Digest}");
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            using var response = await client.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode, $"{image.Name}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task Plan_says_to_the_byte_what_migrate_then_does_and_verify_agrees()
    {
        var plan = await TransferProgram.RunAsync("plan", _job.SourceRoot, _job.TargetEndpoint, "--json");
        plan.AssertExit(0);
        using var json = System.Text.Json.JsonDocument.Parse(plan.Output);
        Assert.Equal(_tree.Uploads, json.RootElement.GetProperty("blobsToUpload").GetInt64());
        Assert.Equal(_tree.DistinctBytes, json.RootElement.GetProperty("bytesToUpload").GetInt64());
        Assert.Equal(_tree.Mounts, json.RootElement.GetProperty("blobsToMount").GetInt64());

        (await TransferProgram.RunAsync("verify", _job.SourceRoot, _job.TargetEndpoint)).AssertExit(1);
        (await _job.MigrateAsync()).AssertExit(0);
        var verified = await TransferProgram.RunAsync("verify", _job.SourceRoot, _job.TargetEndpoint);
        verified.AssertExit(0);
    }

    private Manifest ReadManifest(Digest digest) => ManifestReader.Read(File.ReadAllBytes(_builder.BlobPath(digest)), digest);
}

using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A plausible tree of 520 tags in 60 repositories, from a folder into an empty docker-registry.</summary>
public sealed class WholeTreeTests(MovedTree moved) : IClassFixture<MovedTree>
{
    private readonly Job _job = moved.Job;
    private readonly SampleTree _tree = moved.Tree;
    private readonly StorageTreeBuilder _builder = new(moved.Job.SourceRoot);

    [Fact]
    public async Task The_sample_tree_is_one_that_docker_registry_itself_serves()
    {
        await using var source = await DockerRegistry.StartAsync(_job.SourceRoot);
        Assert.True(_tree.Tagged.Count >= 500 && _tree.RepositoryBlobs.Count == 60);
        await Comparison.HoldsAllTagsAsync(source.Host, _tree);
    }

    [Fact]
    public void Everything_arrives_and_each_distinct_blob_is_uploaded_once_and_mounted_once_per_further_repository()
    {
        Assert.All(moved.Images.Values, image => Assert.Equal("migrated", image.GetProperty("outcome").GetString(), ignoreCase: true));
        Assert.Equal(_tree.Tagged.Count, moved.Images.Count);

        var requests = moved.Requests;
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
        var again = await moved.MigrateAgainAsync();
        Assert.DoesNotContain(again, request => request.Method is "POST" or "PUT" or "PATCH");
        Assert.True(again.Count * 5 < moved.Requests.Count, $"{again.Count} requests after {moved.Requests.Count}");
    }

    [Fact]
    public async Task A_trusted_journal_asks_the_target_nothing_but_whether_it_is_there()
    {
        var again = await moved.MigrateAgainAsync("--trust-journal");
        Assert.All(again, request => Assert.Equal("/v2/", request.Path));
    }

    [Fact]
    public async Task Untagged_revisions_are_taken_on_request()
    {
        await using var job = await Job.CreateAsync();
        var tree = SampleTree.Build(job.SourceRoot, new SampleTreeOptions { Repositories = 14, TaggedImages = 42 });
        (await job.MigrateAsync("--untagged")).AssertExit(0);
        Assert.NotEmpty(tree.Untagged);
        using var client = new HttpClient();
        foreach (var image in tree.Untagged)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{job.Target.Host}/v2/{image.Name.Repository}/manifests/{image.Manifest.Digest}");
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            using var response = await client.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode, $"{image.Name}: {response.StatusCode}");
        }
    }

    [Fact]
    public void Plan_says_to_the_byte_what_migrate_then_does_and_verify_agrees()
    {
        moved.Plan.AssertExit(0);
        using var json = JsonDocument.Parse(moved.Plan.Output);
        Assert.Equal(_tree.Uploads, json.RootElement.GetProperty("blobsToUpload").GetInt64());
        Assert.Equal(_tree.DistinctBytes, json.RootElement.GetProperty("bytesToUpload").GetInt64());
        Assert.Equal(_tree.Mounts, json.RootElement.GetProperty("blobsToMount").GetInt64());

        moved.VerifiedBefore.AssertExit(1);
        moved.VerifiedAfter.AssertExit(0);
    }

    private Manifest ReadManifest(Digest digest) => ManifestReader.Read(File.ReadAllBytes(_builder.BlobPath(digest)), digest);
}

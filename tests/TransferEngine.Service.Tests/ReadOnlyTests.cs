using System.Net;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Service.Tests.Conformance;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests;

/// <summary>A tree that is only read, with the damage that trees have.</summary>
public sealed class ReadOnlyTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private StorageTreeBuilder _builder = null!;
    private Digest _image;
    private ServedTree _tree = null!;
    private RegistryServer _server = null!;
    private RegistryClient _client = null!;

    public async Task InitializeAsync()
    {
        _builder = new StorageTreeBuilder(_folder.Path);
        var spec = new ImageSpec(_builder.AddBlob([1, 2, 3]), [_builder.AddBlob([4, 5, 6])]);
        _image = _builder.AddImage("app", "good", spec).Digest;
        _builder.AddImage("app", "empty-link", spec);
        File.WriteAllText(_builder.TagLinkPath("app", "empty-link"), "");
        var lost = _builder.AddImage("app", "no-bytes", new ImageSpec(_builder.AddBlob([7]), [])).Digest;
        File.WriteAllText(_builder.BlobPath(lost), "");
        var damaged = _builder.AddImage("app", "damaged", new ImageSpec(_builder.AddBlob([8]), [])).Digest;
        File.WriteAllText(_builder.BlobPath(damaged), "{}");
        _tree = ServedTree.Open(_folder.Path, isWritable: false);
        _server = await RegistryServer.StartAsync(_tree, new RegistryServerOptions { Listen = "localhost:0" }, log: null, CancellationToken.None);
        _client = new RegistryClient(_server.Address);
    }

    [Fact]
    public async Task Whatever_would_write_is_answered_405_UNSUPPORTED()
    {
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, "/v2/app/blobs/uploads/"),
            (HttpMethod.Put, "/v2/app/manifests/new"),
            (HttpMethod.Delete, "/v2/app/manifests/good"),
            (HttpMethod.Delete, $"/v2/app/blobs/{Digest.OfSha256([1, 2, 3])}"),
            (HttpMethod.Patch, $"/v2/app/blobs/uploads/{Guid.NewGuid()}"),
        })
        {
            var answer = await _client.SendAsync(method, path, [1]);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
            Assert.Equal("UNSUPPORTED", answer.ErrorCode);
        }
    }

    [Fact]
    public async Task Tags_that_name_nothing_are_not_listed()
    {
        var tags = (await _client.GetAsync("/v2/app/tags/list")).Json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString());
        Assert.DoesNotContain("empty-link", tags);
        Assert.Contains("good", tags);
    }

    [Theory]
    [InlineData("empty-link")]
    [InlineData("no-bytes")]
    [InlineData("damaged")]
    public async Task A_damaged_manifest_is_unknown_and_not_an_error_to_try_again(string tag)
    {
        var answer = await _client.GetAsync($"/v2/app/manifests/{tag}");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("MANIFEST_UNKNOWN", answer.ErrorCode);
    }

    [Fact]
    public async Task What_is_asked_for_again_with_its_etag_is_not_sent_again()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, "/v2/app/manifests/good"));
        request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{_image}\"");
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1/")]
    [InlineData("/v2/app")]
    [InlineData("/v2/manifests/latest")]
    public async Task Other_paths_are_answered_404(string path) => Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(path)).Status);

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _tree.Dispose();
        _folder.Dispose();
    }
}

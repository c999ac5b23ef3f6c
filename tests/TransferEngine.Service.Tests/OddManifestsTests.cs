using System.Net;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Service.Tests.Conformance;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests;

/// <summary>Trees whose manifests somebody else wrote: one of them never keeps the others from being served.</summary>
public sealed class OddManifestsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private StorageTreeBuilder _builder = null!;
    private Descriptor _image = null!;
    private Descriptor _config = null!;
    private ServedTree _tree = null!;
    private RegistryServer _server = null!;
    private RegistryClient _client = null!;

    public async Task InitializeAsync()
    {
        _builder = new StorageTreeBuilder(_folder.Path);
        _image = _builder.AddImage("app", "good", "layer");
        _config = _builder.AddBlob("{}"u8);
        _builder.LinkLayer("app", _config.Digest);
        _tree = ServedTree.Open(_folder.Path, isWritable: true);
        _server = await RegistryServer.StartAsync(_tree, new RegistryServerOptions { Listen = "localhost:0" }, log: null, CancellationToken.None);
        _client = new RegistryClient(_server.Address);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _tree.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(""" "annotations":{"a":"1","a":"2"} """)]
    [InlineData(""" "annotations":{"a":1,"b":["x"],"c":"\ud800","\udc00":"d"} """)]
    [InlineData(""" "artifactType":1,"ARTIFACTTYPE":"text/x","config":null,"Config":CONFIG """)]
    [InlineData(""" "annotations":[] """)]
    [InlineData(""" "config":CONFIG,"other":{"a":1,"a":{}} """)]
    public async Task A_repository_lists_its_referrers_however_odd_one_of_them_is(string fields)
    {
        var text = $$"""{"schemaVersion":2,"config":CONFIG,"Subject":{"digest":"{{_image.Digest}}"},{{fields}} }"""
            .Replace("CONFIG", $$"""{"mediaType":"text/config","digest":"{{_config.Digest}}","size":2}""", StringComparison.Ordinal);
        var odd = _builder.AddManifest("app", "odd", Encoding.UTF8.GetBytes(text));

        var answer = await _client.GetAsync($"/v2/app/referrers/{_image.Digest}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([odd.Digest.ToString()], Digests(answer));
        var pulled = await _client.GetAsync("/v2/app/manifests/odd");
        Assert.Equal((HttpStatusCode.OK, text), (pulled.Status, Encoding.UTF8.GetString(pulled.Body)));
    }

    [Fact]
    public async Task Thousands_of_referrers_are_listed_in_pages_each_of_them_once()
    {
        var all = Enumerable.Range(0, 2_500).Select(i => Refer($"\"n\":\"{i}\"")).Order(StringComparer.Ordinal).ToList();

        var pages = await PagesAsync($"/v2/app/referrers/{_image.Digest}");

        Assert.Equal([1_000, 1_000, 500], pages.Select(page => page.Length));
        Assert.Equal(all, pages.SelectMany(page => page));
        Assert.Equal(2_500, (await PagesAsync($"/v2/app/referrers/{_image.Digest}?artifactType=text%2Fconfig")).Sum(page => page.Length));
    }

    [Fact]
    public async Task No_answer_is_larger_than_a_client_takes()
    {
        var all = new[] { 4_000_000, 900_000, 900_000, 900_000, 900_000, 900_000 }.Select((length, i) => Refer($"\"{i}\":\"{new string('x', length)}\"")).Order(StringComparer.Ordinal).ToList();

        var path = $"/v2/app/referrers/{_image.Digest}";
        Assert.InRange((await _client.GetAsync(path)).Body.Length, 1, Manifest.MaxBytes);
        Assert.Equal(all, (await PagesAsync(path)).SelectMany(page => page));
    }

    [Theory]
    [InlineData("application/vnd.oci.image.manifest.v1+json; charset=utf-8", MediaType.OciManifest)]
    [InlineData("APPLICATION/vnd.oci.image.manifest.v1+json", "application/VND.oci.image.manifest.v1+json;charset=utf-8")]
    public async Task A_media_type_is_the_same_in_whatever_writing(string inRequest, string inManifest)
    {
        var manifest = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{inManifest}}","config":{"digest":"{{_config.Digest}}"} }""");

        Assert.Equal(HttpStatusCode.Created, (await _client.PutManifestAsync("app", "written", manifest, inRequest)).Status);
        var pulled = await _client.GetAsync("/v2/app/manifests/written");
        Assert.Equal(manifest, pulled.Body);
        Assert.Equal(MediaType.OciManifest, pulled.Header("Content-Type"));
    }

    [Fact]
    public async Task An_index_of_layers_is_taken_once_they_are_there()
    {
        var index = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{_config.Digest}}","size":2}]}""");

        Assert.Equal("MANIFEST_BLOB_UNKNOWN", (await _client.PutManifestAsync("other", "cache", index, MediaType.OciIndex)).ErrorCode);
        Assert.Equal(HttpStatusCode.Created, (await _client.PutManifestAsync("app", "cache", index, MediaType.OciIndex)).Status);
    }

    /// <summary>Of the sessions that are not used only so many are kept in mind; the others are on the disk.</summary>
    [Fact]
    public async Task An_upload_is_gone_on_with_after_a_thousand_others_were_begun()
    {
        var content = RegistryClient.Noise(1_000);
        var location = await _client.StartUploadAsync("app");
        await _client.SendAsync(HttpMethod.Patch, location, content[..400], "application/octet-stream");
        for (var i = 0; i < 1_100; i++)
            await _client.StartUploadAsync("app");

        Assert.Equal(HttpStatusCode.Accepted, (await _client.SendAsync(HttpMethod.Patch, location, content[400..], "application/octet-stream", "400-999")).Status);
        Assert.Equal(HttpStatusCode.Created, (await _client.SendAsync(HttpMethod.Put, RegistryClient.Closing(location, Digest.OfSha256(content)), [])).Status);
    }

    private string Refer(string annotations) => _builder.AddManifest("app", null, Encoding.UTF8.GetBytes($$"""
        {"schemaVersion":2,"config":{"mediaType":"text/config","digest":"{{_config.Digest}}","size":2},"subject":{"digest":"{{_image.Digest}}","size":1},"annotations":{ {{annotations}} } }
        """)).Digest.ToString();

    private async Task<List<string[]>> PagesAsync(string path)
    {
        var pages = new List<string[]>();
        while (path.Length > 0)
        {
            var answer = await _client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            pages.Add(Digests(answer));
            path = answer.Header("Link") is { } link ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : "";
        }
        return pages;
    }

    private static string[] Digests(Answer answer) => [.. answer.Json.GetProperty("manifests").EnumerateArray().Select(one => one.GetProperty("digest").GetString()!)];
}

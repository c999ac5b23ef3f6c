using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>What the double makes of manifests, and what it says of those that refer to others.</summary>
public sealed class HarborDoubleManifestTests : HarborDoubleTest
{
    private const string ArtifactType = "application/vnd.example.sbom";

    public static TheoryData<HarborVersion> Versions => new(HarborVersion.V29, HarborVersion.V215);

    [Theory]
    [InlineData(MediaType.OciConfig, "no json")]
    [InlineData("application/vnd.example.config", "no json")]
    [InlineData("application/vnd.example.config", "\"text\"")]
    [InlineData("application/vnd.example.config", "")]
    public async Task A_config_that_is_no_JSON_object_is_an_unknown_error_whatever_its_type(string type, string config)
    {
        var manifest = Encoding.UTF8.GetString(await ManifestAsync(config: config)).Replace(MediaType.OciConfig, type, StringComparison.Ordinal);
        await ExpectAsync(await PutManifestAsync("p1/a", "v1", Encoding.UTF8.GetBytes(manifest)), 500, "UNKNOWN", "");
        using var head = await SendAsync("HEAD", "/v2/p1/a/manifests/v1", Admin, null, ("Accept", MediaType.AcceptManifests));
        Assert.Equal(404, (int)head.StatusCode);
        Assert.Equal(config.Length, Harbor.Projects.Find("p1")!.Used);
    }

    [Fact]
    public async Task All_that_is_missing_is_told_one_error_for_each()
    {
        var (config, layer) = (Digest.OfSha256("c"u8), Digest.OfSha256("l"u8));
        static string Descriptor(Digest digest) => $$"""{"mediaType":"x","digest":"{{digest}}","size":1}""";
        var manifest = $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{Descriptor(config)}},"layers":[{{Descriptor(layer)}}]}""";
        using var answer = await PutManifestAsync("p1/a", "v1", Encoding.UTF8.GetBytes(manifest));
        var errors = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.All(errors, error => Assert.Equal("MANIFEST_BLOB_UNKNOWN", error.GetProperty("code").GetString()));
        Assert.Equal(new[] { config.ToString(), layer.ToString() }.Order(), errors.Select(error => error.GetProperty("detail").GetString()).Order());
    }

    [Fact]
    public async Task An_index_that_names_a_layer_finds_no_artifact()
    {
        var layer = await PushBlobAsync([1, 2, 3]);
        var entry = $$"""{"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{layer}}","size":3}""";
        var index = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{entry}}]}""");
        await ExpectAsync(await PutManifestAsync("p1/a", "cache", index, MediaType.OciIndex), 404, "NOT_FOUND", $"artifact p1/a@{layer} not found");
    }

    [Theory]
    [InlineData("""["https://example.com/layer"]""", 201)]
    [InlineData("[]", 500)]
    public async Task A_layer_that_may_not_be_passed_on_may_be_absent_if_it_says_where_it_is(string urls, int status)
    {
        const string foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        var layer = $$"""{"mediaType":"{{foreign}}","digest":"{{Digest.OfSha256("away"u8)}}","size":4,"urls":{{urls}}}""";
        var manifest = Encoding.UTF8.GetString(await ManifestAsync()).Replace("\"layers\":[]", $"\"layers\":[{layer}]", StringComparison.Ordinal);
        using var answer = await PutManifestAsync("p1/a", "v1", Encoding.UTF8.GetBytes(manifest));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Referrers_are_listed_by_both_and_only_the_newer_says_so_when_one_is_pushed(HarborVersion version)
    {
        await RestartAsync(new HarborDoubleOptions { Version = version });
        var subject = await ManifestAsync();
        var digest = Digest.OfSha256(subject);
        var described = $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{digest}}","size":{{subject.Length}}}""";
        var referrer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(await ManifestAsync(config: """{"a":1}"""))[..^1]
            + $$""","artifactType":"{{ArtifactType}}","subject":{{described}}}""");
        using var put = await PutManifestAsync("p1/a", "bom", referrer);
        Assert.Equal((201, version == HarborVersion.V215), ((int)put.StatusCode, put.Headers.Contains("OCI-Subject")));
        Assert.Equal(version == HarborVersion.V215 ? 1 : 0, (await ReferrersAsync(digest)).Count);

        (await PutManifestAsync("p1/a", "v1", subject)).Dispose();
        var listed = Assert.Single(await ReferrersAsync(digest));
        Assert.Equal(Digest.OfSha256(referrer).ToString(), listed.GetProperty("digest").GetString());
        Assert.Equal(version == HarborVersion.V29 ? (MediaType.OciConfig, referrer.Length + 7) : (ArtifactType, referrer.Length),
            (listed.GetProperty("artifactType").GetString(), listed.GetProperty("size").GetInt32()));
        Assert.Empty(await ReferrersAsync(Digest.OfSha256(referrer)));
        await ExpectAsync(await SendAsync("GET", "/v2/p1/a/referrers/v1"), 400, "BAD_REQUEST", "");
    }

    [Theory]
    [InlineData(HarborVersion.V29, "application/json")]
    [InlineData(HarborVersion.V215, MediaType.OciIndex)]
    public async Task A_list_of_referrers_counts_itself_and_says_what_it_was_filtered_by(HarborVersion version, string type)
    {
        await RestartAsync(new HarborDoubleOptions { Version = version });
        var subject = await ManifestAsync();
        (await PutManifestAsync("p1/a", "v1", subject)).Dispose();
        using var empty = await SendAsync("GET", $"/v2/p1/a/referrers/{Digest.OfSha256(subject)}?artifactType={Uri.EscapeDataString(ArtifactType)}");
        Assert.Equal(("0", "artifactType", type),
            (empty.Headers.GetValues("X-Total-Count").Single(), empty.Headers.GetValues("OCI-Filters-Applied").Single(), empty.Content.Headers.ContentType!.MediaType));
        Assert.Equal(version == HarborVersion.V29, await empty.Content.ReadAsStringAsync() == "{}");
    }

    private async Task<List<JsonElement>> ReferrersAsync(Digest subject)
    {
        using var answer = await SendAsync("GET", $"/v2/p1/a/referrers/{subject}");
        Assert.Equal(200, (int)answer.StatusCode);
        var list = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return list.TryGetProperty("manifests", out var manifests) ? [.. manifests.EnumerateArray()] : [];
    }
}

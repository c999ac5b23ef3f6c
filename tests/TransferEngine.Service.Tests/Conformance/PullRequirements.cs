using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>Distribution specification 1.1, "Pull": what every registry must do.</summary>
public abstract class PullRequirements(RegistryUnderTest registry)
{
    protected RegistryClient Client => registry.Client;

    [Fact]
    public async Task End_1_answers_200_to_say_that_it_implements_the_specification() =>
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync("/v2/")).Status);

    [Fact]
    public async Task Pulling_a_manifest_by_tag_gives_its_bytes_its_media_type_and_its_digest()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        var answer = await Client.GetAsync($"/v2/{name}/manifests/latest");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(manifest, answer.Body);
        Assert.Equal(MediaType.OciManifest, answer.Header("Content-Type"));
        Assert.Equal(Digest.OfSha256(manifest).ToString(), answer.Header("Docker-Content-Digest"));
    }

    [Fact]
    public async Task Pulling_a_manifest_by_digest_gives_the_same()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        var answer = await Client.GetAsync($"/v2/{name}/manifests/{Digest.OfSha256(manifest)}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(manifest, answer.Body);
    }

    [Fact]
    public async Task HEAD_of_a_manifest_says_that_it_exists_with_its_length_and_digest()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        var answer = await Client.HeadAsync($"/v2/{name}/manifests/latest");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(manifest.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), answer.Header("Content-Length"));
        Assert.Equal(Digest.OfSha256(manifest).ToString(), answer.Header("Docker-Content-Digest"));
        Assert.Empty(answer.Body);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("sha256:0123456789012345678901234567890123456789012345678901234567890123")]
    public async Task A_manifest_that_is_not_found_is_answered_404_MANIFEST_UNKNOWN(string reference)
    {
        var name = RegistryClient.NewName();
        await Client.PushImageAsync(name, "latest");
        var answer = await Client.GetAsync($"/v2/{name}/manifests/{reference}");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("MANIFEST_UNKNOWN", answer.ErrorCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.HeadAsync($"/v2/{name}/manifests/{reference}")).Status);
    }

    [Fact]
    public async Task Pulling_a_blob_gives_its_bytes()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(100_000);
        var digest = await Client.PushBlobAsync(name, content);
        var answer = await Client.GetAsync($"/v2/{name}/blobs/{digest}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(content, answer.Body);
        Assert.Equal(digest.ToString(), answer.Header("Docker-Content-Digest"));
    }

    [Fact]
    public async Task HEAD_of_a_blob_says_that_it_exists_with_its_length()
    {
        var name = RegistryClient.NewName();
        var digest = await Client.PushBlobAsync(name, RegistryClient.Noise(1_234));
        var answer = await Client.HeadAsync($"/v2/{name}/blobs/{digest}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("1234", answer.Header("Content-Length"));
    }

    [Fact]
    public async Task A_blob_that_the_repository_does_not_have_is_answered_404_BLOB_UNKNOWN()
    {
        var digest = await Client.PushBlobAsync(RegistryClient.NewName(), RegistryClient.Noise(100));
        var elsewhere = RegistryClient.NewName();
        var answer = await Client.GetAsync($"/v2/{elsewhere}/blobs/{digest}");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("BLOB_UNKNOWN", answer.ErrorCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.HeadAsync($"/v2/{elsewhere}/blobs/{digest}")).Status);
    }

    [Theory]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=90-", 90, 10)]
    [InlineData("bytes=-5", 95, 5)]
    [InlineData("bytes=50-1000", 50, 50)]
    public async Task A_blob_is_given_in_part_when_a_range_is_asked_for(string range, int start, int length)
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(100);
        var digest = await Client.PushBlobAsync(name, content);
        var answer = await Client.GetAsync($"/v2/{name}/blobs/{digest}", range);
        Assert.Equal(HttpStatusCode.PartialContent, answer.Status);
        Assert.Equal(content[start..(start + length)], answer.Body);
        Assert.Equal($"bytes {start}-{start + length - 1}/100", answer.Header("Content-Range"));
    }

    [Fact]
    public virtual async Task A_range_beyond_the_blob_is_answered_416()
    {
        var name = RegistryClient.NewName();
        var digest = await Client.PushBlobAsync(name, RegistryClient.Noise(100));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await Client.GetAsync($"/v2/{name}/blobs/{digest}", "bytes=100-")).Status);
    }
}

/// <summary>Our server against them.</summary>
public sealed class OurServerPulls(OurRegistry registry) : PullRequirements(registry), IClassFixture<OurRegistry>;

/// <summary>Distribution 2.8 against them, and where it differs.</summary>
public sealed class DebiansServerPulls(DebiansRegistry registry) : PullRequirements(registry), IClassFixture<DebiansRegistry>
{
    /// <summary>It answers 416, but announces the length of the whole blob and sends a line of text: clients see a broken answer.</summary>
    public override async Task A_range_beyond_the_blob_is_answered_416()
    {
        var name = RegistryClient.NewName();
        var digest = await Client.PushBlobAsync(name, RegistryClient.Noise(100));
        await Assert.ThrowsAsync<HttpRequestException>(() => Client.GetAsync($"/v2/{name}/blobs/{digest}", "bytes=100-"));
    }
}

using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>Distribution specification 1.1, "Content Management".</summary>
public abstract class ManagementRequirements(RegistryUnderTest registry)
{
    protected RegistryClient Client => registry.Client;

    [Fact]
    public virtual async Task A_deleted_tag_is_gone_and_its_manifest_stays()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync($"/v2/{name}/manifests/latest")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{name}/manifests/latest")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"/v2/{name}/manifests/{Digest.OfSha256(manifest)}")).Status);
    }

    [Fact]
    public async Task A_deleted_manifest_is_gone_with_the_tags_that_named_it()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        var other = await Client.PushImageAsync(name, "other");
        await Client.PutManifestAsync(name, "also", manifest);
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync($"/v2/{name}/manifests/{Digest.OfSha256(manifest)}")).Status);
        foreach (var gone in new[] { "latest", "also", Digest.OfSha256(manifest).ToString() })
            Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{name}/manifests/{gone}")).Status);
        Assert.Equal(other, (await Client.GetAsync($"/v2/{name}/manifests/other")).Body);
        Assert.Equal("other", Assert.Single((await Client.GetAsync($"/v2/{name}/tags/list")).Json.GetProperty("tags").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_deleted_manifest_can_be_pushed_again()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.PushImageAsync(name, "latest");
        await Client.DeleteAsync($"/v2/{name}/manifests/{Digest.OfSha256(manifest)}");
        Assert.Equal(HttpStatusCode.Created, (await Client.PutManifestAsync(name, "latest", manifest)).Status);
        Assert.Equal(manifest, (await Client.GetAsync($"/v2/{name}/manifests/latest")).Body);
    }

    [Fact]
    public async Task Deleting_a_manifest_that_is_not_there_is_answered_404()
    {
        var name = RegistryClient.NewName();
        await Client.PushImageAsync(name, "latest");
        Assert.Equal(HttpStatusCode.NotFound, (await Client.DeleteAsync($"/v2/{name}/manifests/{Digest.OfSha256([1])}")).Status);
    }

    [Fact]
    public async Task A_deleted_blob_is_gone_from_its_repository_and_no_other()
    {
        var (name, other) = (RegistryClient.NewName(), RegistryClient.NewName());
        var content = RegistryClient.Noise(1_000);
        var digest = await Client.PushBlobAsync(name, content);
        await Client.PushBlobAsync(other, content);
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync($"/v2/{name}/blobs/{digest}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.HeadAsync($"/v2/{name}/blobs/{digest}")).Status);
        Assert.Equal(content, (await Client.GetAsync($"/v2/{other}/blobs/{digest}")).Body);
    }

    [Fact]
    public async Task Deleting_a_blob_that_is_not_there_is_answered_404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Client.DeleteAsync($"/v2/{RegistryClient.NewName()}/blobs/{Digest.OfSha256([1])}")).Status);
}

/// <summary>Our server against them.</summary>
public sealed class OurServerIsManaged(OurRegistry registry) : ManagementRequirements(registry), IClassFixture<OurRegistry>;

/// <summary>Distribution 2.8 against them, and where it differs.</summary>
public sealed class DebiansServerIsManaged(DebiansRegistry registry) : ManagementRequirements(registry), IClassFixture<DebiansRegistry>
{
    /// <summary>Not conforming: 2.8 deletes manifests by digest only, and calls a tag a wrong digest.</summary>
    public override async Task A_deleted_tag_is_gone_and_its_manifest_stays()
    {
        var name = RegistryClient.NewName();
        await Client.PushImageAsync(name, "latest");
        var answer = await Client.DeleteAsync($"/v2/{name}/manifests/latest");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("DIGEST_INVALID", answer.ErrorCode);
    }
}

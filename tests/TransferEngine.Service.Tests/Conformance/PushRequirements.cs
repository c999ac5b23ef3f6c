using System.Net;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>Distribution specification 1.1, "Push".</summary>
public abstract class PushRequirements(RegistryUnderTest registry)
{
    protected RegistryClient Client => registry.Client;

    [Fact]
    public async Task A_blob_is_pushed_monolithically_by_POST_then_PUT_and_its_location_can_be_pulled()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(10_000);
        var digest = Digest.OfSha256(content);
        var answer = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(await Client.StartUploadAsync(name), digest), content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(content, (await Client.GetAsync(answer.Location(Client.Address))).Body);
    }

    [Fact]
    public virtual async Task A_blob_is_pushed_by_a_single_POST()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(10_000);
        var answer = await Client.SendAsync(HttpMethod.Post, $"/v2/{name}/blobs/uploads/?digest={Digest.OfSha256(content)}", content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(content, (await Client.GetAsync(answer.Location(Client.Address))).Body);
    }

    [Fact]
    public async Task An_empty_blob_is_pushed_like_any_other()
    {
        var name = RegistryClient.NewName();
        var digest = await Client.PushBlobAsync(name, []);
        var answer = await Client.GetAsync($"/v2/{name}/blobs/{digest}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task A_blob_is_pushed_in_one_stream_by_PATCH_then_closed_by_PUT()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(50_000);
        var digest = Digest.OfSha256(content);
        var patch = await Client.SendAsync(HttpMethod.Patch, await Client.StartUploadAsync(name), content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Accepted, patch.Status);
        var put = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(patch.Location(Client.Address), digest), []);
        Assert.Equal(HttpStatusCode.Created, put.Status);
        Assert.Equal(content, (await Client.GetAsync($"/v2/{name}/blobs/{digest}")).Body);
    }

    [Fact]
    public async Task A_blob_is_pushed_in_chunks_each_answered_with_the_range_received_so_far()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(30_000);
        var location = await Client.StartUploadAsync(name);
        for (var start = 0; start < 20_000; start += 10_000)
        {
            var patch = await Client.SendAsync(HttpMethod.Patch, location, content[start..(start + 10_000)], "application/octet-stream", $"{start}-{start + 9_999}");
            Assert.Equal(HttpStatusCode.Accepted, patch.Status);
            Assert.Equal($"0-{start + 9_999}", patch.Header("Range"));
            location = patch.Location(Client.Address);
        }
        var digest = Digest.OfSha256(content);
        var put = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(location, digest), content[20_000..], "application/octet-stream", "20000-29999");
        Assert.Equal(HttpStatusCode.Created, put.Status);
        Assert.Equal(content, (await Client.GetAsync($"/v2/{name}/blobs/{digest}")).Body);
    }

    [Fact]
    public async Task GET_of_an_upload_answers_204_with_its_location_and_the_range_received()
    {
        var name = RegistryClient.NewName();
        var patch = await Client.SendAsync(HttpMethod.Patch, await Client.StartUploadAsync(name), RegistryClient.Noise(5_000), "application/octet-stream");
        var status = await Client.GetAsync(patch.Location(Client.Address));
        Assert.Equal(HttpStatusCode.NoContent, status.Status);
        Assert.Equal("0-4999", status.Header("Range"));
        Assert.NotNull(status.Header("Location"));
    }

    [Fact]
    public virtual async Task A_chunk_out_of_order_is_answered_416_and_the_upload_can_go_on()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(2_000);
        var location = await Client.StartUploadAsync(name);
        var wrong = await Client.SendAsync(HttpMethod.Patch, location, content[1_000..], "application/octet-stream", "1000-1999");
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, wrong.Status);
        var right = await Client.SendAsync(HttpMethod.Patch, location, content, "application/octet-stream", "0-1999");
        Assert.Equal(HttpStatusCode.Accepted, right.Status);
        var digest = Digest.OfSha256(content);
        Assert.Equal(HttpStatusCode.Created, (await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(right.Location(Client.Address), digest), [])).Status);
    }

    [Fact]
    public async Task A_cancelled_upload_is_gone()
    {
        var location = await Client.StartUploadAsync(RegistryClient.NewName());
        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync(location)).Status);
        var answer = await Client.GetAsync(location);
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("BLOB_UPLOAD_UNKNOWN", answer.ErrorCode);
    }

    [Fact]
    public async Task A_mount_from_a_repository_that_has_the_blob_is_answered_201()
    {
        var (from, name) = (RegistryClient.NewName(), RegistryClient.NewName());
        var content = RegistryClient.Noise(1_000);
        var digest = await Client.PushBlobAsync(from, content);
        var answer = await Client.SendAsync(HttpMethod.Post, $"/v2/{name}/blobs/uploads/?mount={digest}&from={from}");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(content, (await Client.GetAsync(answer.Location(Client.Address))).Body);
    }

    [Fact]
    public async Task A_mount_that_can_not_be_done_is_answered_202_with_a_session_to_upload_into()
    {
        var name = RegistryClient.NewName();
        var content = RegistryClient.Noise(1_000);
        var digest = Digest.OfSha256(content);
        var answer = await Client.SendAsync(HttpMethod.Post, $"/v2/{name}/blobs/uploads/?mount={digest}&from={RegistryClient.NewName()}");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        var put = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(answer.Location(Client.Address), digest), content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Created, put.Status);
    }

    [Fact]
    public async Task Content_that_does_not_have_the_digest_is_answered_400_DIGEST_INVALID_and_not_kept()
    {
        var name = RegistryClient.NewName();
        var digest = Digest.OfSha256(RegistryClient.Noise(10));
        var answer = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(await Client.StartUploadAsync(name), digest), RegistryClient.Noise(1_000), "application/octet-stream");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("DIGEST_INVALID", answer.ErrorCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.HeadAsync($"/v2/{name}/blobs/{digest}")).Status);
    }

    [Fact]
    public async Task A_pushed_manifest_is_answered_201_with_a_location_that_gives_the_same_bytes()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.MakeImageAsync(name);
        var answer = await Client.PutManifestAsync(name, "v1", manifest);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(manifest, (await Client.GetAsync(answer.Location(Client.Address))).Body);
        Assert.Equal(manifest, (await Client.GetAsync($"/v2/{name}/manifests/v1")).Body);
    }

    [Fact]
    public async Task A_manifest_is_pushed_by_digest_without_a_tag()
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.MakeImageAsync(name);
        var digest = Digest.OfSha256(manifest);
        Assert.Equal(HttpStatusCode.Created, (await Client.PutManifestAsync(name, digest.ToString(), manifest)).Status);
        Assert.Equal(manifest, (await Client.GetAsync($"/v2/{name}/manifests/{digest}")).Body);
    }

    [Fact]
    public async Task A_tag_is_moved_by_pushing_another_manifest_under_it()
    {
        var name = RegistryClient.NewName();
        var first = await Client.PushImageAsync(name, "latest");
        var second = await Client.PushImageAsync(name, "latest");
        Assert.Equal(second, (await Client.GetAsync($"/v2/{name}/manifests/latest")).Body);
        Assert.Equal(first, (await Client.GetAsync($"/v2/{name}/manifests/{Digest.OfSha256(first)}")).Body);
    }

    [Fact]
    public async Task An_index_is_pushed_after_its_children()
    {
        var name = RegistryClient.NewName();
        var child = await Client.MakeImageAsync(name);
        await Client.PutManifestAsync(name, Digest.OfSha256(child).ToString(), child);
        var index = ManifestWriter.Index([new Descriptor(MediaType.OciManifest, Digest.OfSha256(child), child.Length)], ManifestFormat.Oci);
        Assert.Equal(HttpStatusCode.Created, (await Client.PutManifestAsync(name, "multi", index, MediaType.OciIndex)).Status);
        Assert.Equal(MediaType.OciIndex, (await Client.GetAsync($"/v2/{name}/manifests/multi")).Header("Content-Type"));
    }

    [Fact]
    public async Task A_manifest_that_names_a_blob_which_is_not_there_is_refused_with_MANIFEST_BLOB_UNKNOWN()
    {
        var name = RegistryClient.NewName();
        var manifest = ManifestWriter.Image(new ImageSpec(new Descriptor(MediaType.OciConfig, Digest.OfSha256(RegistryClient.Noise(10)), 10), []));
        var answer = await Client.PutManifestAsync(name, "broken", manifest);
        Assert.InRange((int)answer.Status, 400, 404);
        Assert.Equal("MANIFEST_BLOB_UNKNOWN", answer.ErrorCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.HeadAsync($"/v2/{name}/manifests/broken")).Status);
    }

    [Fact]
    public async Task A_manifest_that_does_not_have_the_digest_is_refused_with_DIGEST_INVALID()
    {
        var name = RegistryClient.NewName();
        var answer = await Client.PutManifestAsync(name, Digest.OfSha256([1]).ToString(), await Client.MakeImageAsync(name));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("DIGEST_INVALID", answer.ErrorCode);
    }

    [Fact]
    public virtual async Task A_manifest_with_a_subject_is_answered_with_OCI_Subject()
    {
        var name = RegistryClient.NewName();
        var subject = await Client.PushImageAsync(name, "latest");
        var digest = Digest.OfSha256(subject);
        var answer = await Client.PutManifestAsync(name, "signature", await Client.MakeImageAsync(name, new Descriptor(MediaType.OciManifest, digest, subject.Length)));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(digest.ToString(), answer.Header("OCI-Subject"));
    }

    [Fact]
    public virtual async Task A_manifest_over_4_MiB_is_answered_413()
    {
        var answer = await Client.PutManifestAsync(RegistryClient.NewName(), "large", new byte[Manifest.MaxBytes + 1]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }
}

/// <summary>Our server against them.</summary>
public sealed class OurServerTakesPushes(OurRegistry registry) : PushRequirements(registry), IClassFixture<OurRegistry>;

/// <summary>Distribution 2.8 against them, and where it differs.</summary>
public sealed class DebiansServerTakesPushes(DebiansRegistry registry) : PushRequirements(registry), IClassFixture<DebiansRegistry>
{
    /// <summary>Allowed: a registry that has no single POST opens a session, and the client goes on with a PUT.</summary>
    public override async Task A_blob_is_pushed_by_a_single_POST()
    {
        var content = RegistryClient.Noise(10);
        var answer = await Client.SendAsync(HttpMethod.Post, $"/v2/{RegistryClient.NewName()}/blobs/uploads/?digest={Digest.OfSha256(content)}", content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
    }

    /// <summary>Not conforming: Content-Range is not looked at, so a chunk out of order is appended. 3.0 answers 416.</summary>
    public override async Task A_chunk_out_of_order_is_answered_416_and_the_upload_can_go_on()
    {
        var location = await Client.StartUploadAsync(RegistryClient.NewName());
        var answer = await Client.SendAsync(HttpMethod.Patch, location, RegistryClient.Noise(1_000), "application/octet-stream", "1000-1999");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("0-999", answer.Header("Range"));
    }

    /// <summary>Not conforming to 1.1, which it is older than: it knows no referrers, so clients keep the fallback tag.</summary>
    public override async Task A_manifest_with_a_subject_is_answered_with_OCI_Subject()
    {
        var name = RegistryClient.NewName();
        var subject = await Client.PushImageAsync(name, "latest");
        var manifest = await Client.MakeImageAsync(name, new Descriptor(MediaType.OciManifest, Digest.OfSha256(subject), subject.Length));
        var answer = await Client.PutManifestAsync(name, "signature", manifest);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Null(answer.Header("OCI-Subject"));
    }

    /// <summary>Allowed: 413 is what the specification recommends, 400 is what it answers.</summary>
    public override async Task A_manifest_over_4_MiB_is_answered_413()
    {
        var answer = await Client.PutManifestAsync(RegistryClient.NewName(), "large", new byte[Manifest.MaxBytes + 1]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("MANIFEST_INVALID", answer.ErrorCode);
    }
}

using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class TargetConformance
{
    [Fact]
    public async Task A_check_may_be_made_again()
    {
        await Target.CheckAsync(default);
        await PutImageAsync(App, V1, One);
        await Target.CheckAsync(default);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public void A_name_is_always_mapped_to_the_same()
    {
        Assert.Equal(App, Target.MapRepository(RepositoryName.Parse("team/app")));
        Assert.NotEqual(App, Other);
    }

    [Fact]
    public async Task An_image_is_there_under_its_tag_and_its_digest()
    {
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
        Assert.Equal(One.Digest, await HeadAsync(App, (Reference)One.Digest));
        await LacksTagAsync(App, V2);
        await LacksTagAsync(Other, V1);
    }

    [Fact]
    public async Task A_manifest_is_refused_while_a_blob_is_missing_and_nothing_is_under_the_tag()
    {
        foreach (var missing in One.Manifest.Blobs.Select(blob => blob.Digest))
        {
            await PutBlobsAsync(App, Two);
            await RefusedManifestAsync(App, V1, One.Manifest);
            await RefusedManifestAsync(App, One.Digest, One.Manifest);
            await LacksTagAsync(App, V1);
            Assert.Null(await HeadAsync(App, (Reference)One.Digest));
        }
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task A_manifest_is_taken_just_where_a_HEAD_finds_what_it_names()
    {
        await PutImageAsync(App, V1, One);
        var isHere = await HeadAsync(Other, Layer(One).Digest) is not null;
        Assert.Equal(Is(TargetLimits.SharesContents), isHere);
        if (isHere)
        {
            await Target.PutManifestAsync(Other, V1, One.Manifest, default);
            await HasTagAsync(Other, V1, One.Digest);
        }
        else
        {
            await RefusedManifestAsync(Other, V1, One.Manifest);
            await LacksTagAsync(Other, V1);
        }
    }

    [Fact]
    public async Task A_refused_manifest_leaves_its_tag_where_it_was()
    {
        await PutImageAsync(App, V1, One);
        await RefusedManifestAsync(App, V1, ImageContent.Of("nobody has this").Manifest);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task An_image_may_be_put_again_and_under_another_tag()
    {
        await PutImageAsync(App, V1, One);
        await Target.PutManifestAsync(App, V1, One.Manifest, default);
        await Target.PutManifestAsync(App, V2, One.Manifest, default);
        await HasTagAsync(App, V1, One.Digest);
        await HasTagAsync(App, V2, One.Digest);
    }

    [Fact]
    public async Task A_tag_moves_to_what_was_put_last()
    {
        await PutImageAsync(App, V1, One);
        await PutImageAsync(App, V1, Two);
        await HasTagAsync(App, V1, Two.Digest);
        if (!Is(TargetLimits.ForgetsReplaced))
            Assert.Equal(One.Digest, await HeadAsync(App, (Reference)One.Digest));
        await Target.PutManifestAsync(App, V1, Two.Manifest, default);
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task A_manifest_may_come_by_its_digest_first_and_by_its_tag_later()
    {
        await PutImageAsync(App, One.Digest, One);
        Assert.Equal(One.Digest, await HeadAsync(App, (Reference)One.Digest));
        await LacksTagAsync(App, V1);
        await Target.PutManifestAsync(App, V1, One.Manifest, default);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task An_image_of_dockers_own_kind_is_taken_too()
    {
        var image = ImageContent.Of(ManifestFormat.Docker, "base", "docker");
        await PutImageAsync(App, V1, image);
        await HasTagAsync(App, V1, image.Digest);
    }

    [Fact]
    public async Task A_turn_to_push_a_manifest_is_given_again_when_it_was_given_back()
    {
        for (var i = 0; i < 20; i++)
        {
            using var turn = await Target.EnterManifestPushAsync(App, default).AsTask().WaitAsync(Patience);
            await PutImageAsync(App, Tag.Parse($"t{i}"), One);
        }
    }

    [Fact]
    public void The_endpoint_has_a_name_and_its_notes_can_always_be_asked_for()
    {
        Assert.NotEmpty(Target.Endpoint);
        Assert.NotNull(Target.Notes);
    }
}

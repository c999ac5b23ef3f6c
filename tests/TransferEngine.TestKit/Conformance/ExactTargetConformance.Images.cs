using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class ExactTargetConformance
{
    [Theory]
    [InlineData(ManifestFormat.Oci)]
    [InlineData(ManifestFormat.Docker)]
    public Task An_image_comes_back_byte_for_byte(ManifestFormat format) => ComesBackAsync(ImageContent.Of(format, "base", "middle", "top"));

    [Fact]
    public Task A_manifest_without_a_media_type_of_its_own_comes_back() =>
        ComesBackAsync(ByHand(config => $$"""{"schemaVersion":2,"config":{{config}},"layers":[]}"""));

    [Fact]
    public Task A_manifest_comes_back_with_its_odd_spaces_and_unknown_fields() =>
        ComesBackAsync(ByHand(config => $"{{ \"schemaVersion\" : 2,\r\n\t\"mediaType\":\"{MediaType.OciManifest}\", \"x-unknown\": [null, 1.0e2, \"\\u00e9\"],\n\"config\":{config},\"layers\":[ ] , \"annotations\":{{}} }}\n"));

    [Fact]
    public Task A_blob_without_a_byte_is_a_blob() => ComesBackAsync(WithLayers(LayerOf([])));

    [Fact]
    public Task A_layer_may_be_named_twice() => ComesBackAsync(WithLayers(LayerOf([1, 2, 3]), LayerOf([4]), LayerOf([1, 2, 3])));

    [Fact]
    public Task Content_that_is_no_archive_is_taken_like_any_other() => ComesBackAsync(WithLayers(LayerOf(RandomNumberGenerator.GetBytes(300_000))));

    [Fact]
    public async Task A_blob_may_go_by_its_sha512()
    {
        byte[] content = [5, 1, 2];
        var layer = new Descriptor("", Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData(content))), content.Length);
        var image = WithLayers((layer, content));
        await PutBlobsAsync(App, image);
        Assert.Equal(3, await HeadAsync(App, layer.Digest));
        await Target.PutManifestAsync(App, V1, image.Manifest, default);
        await ComesBackAsync(App, image);
    }

    [Fact]
    public async Task Sizes_that_a_manifest_states_wrongly_are_not_looked_at()
    {
        var lies = WithLayers((Layer(One) with { Size = LayerBytes(One).Length + 1 }, LayerBytes(One)), (Layer(Two) with { Size = 0 }, LayerBytes(Two)));
        await PutBlobsAsync(App, lies);
        await Target.PutManifestAsync(App, V1, lies.Manifest, default);
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
        await ComesBackAsync(App, lies);
    }

    [Fact]
    public async Task A_foreign_layer_need_not_be_there()
    {
        var foreign = new Descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Digest.OfSha256([9]), 1, HasUrls: true);
        await ComesBackAsync(WithLayers(LayerOf([1]), (foreign, [])));
    }

    [Fact]
    public async Task A_foreign_layer_by_its_type_alone_must_be_there()
    {
        var layer = new Descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Digest.OfSha256([9]), 1);
        var image = WithLayers((layer, [9]));
        await PutBlobsAsync(App, image, without: layer.Digest);
        await RefusedManifestAsync(App, V1, image.Manifest);
        await LacksTagAsync(App, V1);
    }

    [Fact]
    public async Task A_subject_need_not_be_there() => await ComesBackAsync(ImageContent.ReferringTo(Two.Manifest, "signature"));

    [Fact]
    public async Task A_subject_may_come_after_what_refers_to_it()
    {
        var signature = ImageContent.ReferringTo(One.Manifest, "signature");
        await PutImageAsync(App, signature.Digest, signature);
        await PutImageAsync(App, V1, One);
        Assert.Equal(signature.Digest, await HeadAsync(App, (Reference)signature.Digest));
        await ComesBackAsync(App, One);
    }

    [Theory]
    [InlineData("_x")]
    [InlineData("link")]
    [InlineData("current")]
    [InlineData("index")]
    [InlineData("V1")]
    [InlineData("sha256-0123456789012345678901234567890123456789012345678901234567890123.sig")]
    [InlineData("a.very.long_tag-123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901")]
    public async Task A_tag_may_have_any_name_that_is_one(string name)
    {
        await PutImageAsync(App, V1, One);
        await PutImageAsync(App, Tag.Parse(name), Two);
        await HasTagAsync(App, Tag.Parse(name), Two.Digest);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task Repositories_may_be_below_one_another_and_differ_by_a_dash()
    {
        RepositoryName[] names = [.. new[] { "team/app", "team/app/part", "team/app-part", "team/app/part/v1" }.Select(name => Target.MapRepository(RepositoryName.Parse(name)))];
        foreach (var name in names)
            await PutImageAsync(name, Tag.Parse("t" + name.ToString().Length), ImageContent.Of(name.ToString()));
        foreach (var name in names)
        {
            await HasTagAsync(name, Tag.Parse("t" + name.ToString().Length), ImageContent.Of(name.ToString()).Digest);
            Assert.Single((await Target.ListTagsAsync(name, default))!);
        }
    }
}

using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class ExactSourceConformance
{
    private static readonly Descriptor Foreign = new("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Digest.OfSha256([9]), 1, HasUrls: true);

    [Fact]
    public async Task Layers_without_a_byte_named_twice_or_large_are_read()
    {
        byte[] empty = [], small = [1, 2, 3], large = RandomNumberGenerator.GetBytes(700_000);
        var image = WithLayers(small, empty, large, small);
        var source = await SourceOf(new ImageSet().With(App, "v1", image));
        Assert.Equal(5, (await source.ReadManifestAsync(App, image.Digest, default)).Blobs.Count);
        foreach (var content in new[] { empty, small, large })
        {
            Assert.Equal(content.Length, await source.FindBlobAsync(App, Digest.OfSha256(content), default));
            Assert.Equal(content, await ContentAsync(source, App, Digest.OfSha256(content)));
            Assert.Equal(content[(content.Length / 3)..], await ContentAsync(source, App, Digest.OfSha256(content), content.Length / 3));
        }
    }

    [Fact]
    public async Task A_manifest_is_read_with_keys_that_come_twice_odd_spaces_and_unknown_fields()
    {
        var twice = ByHand(config => $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{config}},"layers":[],"annotations":{"a":"1","a":"2"},"schemaVersion":2}""");
        var spaces = ByHand(config => $"{{ \"schemaVersion\" : 2,\r\n\"x-unknown\": [null, 1.0e2, \"\\u00e9\"],\"config\":{config},\"layers\":[ ] }}\n");
        var source = await SourceOf(new ImageSet().With(App, "twice", twice).With(App, "spaces", spaces));
        foreach (var image in new[] { twice, spaces })
            Assert.Equal(image.Manifest.Bytes.ToArray(), (await source.ReadManifestAsync(App, image.Digest, default)).Bytes.ToArray());
    }

    [Fact]
    public async Task A_foreign_layer_is_named_but_not_held()
    {
        var config = One.Manifest.Blobs[0];
        var manifest = ImageContent.Parse(ManifestWriter.Image(new ImageSpec(config, [Foreign])));
        var source = await SourceOf(new ImageSet().With(App, "v1", new ImageContent(manifest, new Dictionary<Digest, byte[]> { [config.Digest] = One.Blobs[config.Digest] })));
        Assert.True((await source.ReadManifestAsync(App, manifest.Digest, default)).Blobs[1].IsForeign);
        Assert.Null(await source.FindBlobAsync(App, Foreign.Digest, default));
    }

    [Fact]
    public async Task A_manifest_that_states_wrong_sizes_is_read_and_its_blobs_have_their_own()
    {
        var (config, layer) = (One.Manifest.Blobs[0], One.Manifest.Blobs[^1]);
        var manifest = ImageContent.Parse(ManifestWriter.Image(new ImageSpec(config with { Size = 1 }, [layer with { Size = layer.Size + 100 }])));
        var source = await SourceOf(new ImageSet().With(App, "v1", One).With(App, "v2", One with { Manifest = manifest, Blobs = One.Blobs }));
        Assert.Equal(manifest.Digest, (await source.FindImageAsync(App, Tag.Parse("v2"), default))?.Digest);
        Assert.Equal([1, layer.Size + 100], (await source.ReadManifestAsync(App, manifest.Digest, default)).Blobs.Select(blob => blob.Size));
        Assert.Equal(layer.Size, await source.FindBlobAsync(App, layer.Digest, default));
        Assert.Equal(One.Blobs[layer.Digest], await ContentAsync(source, App, layer.Digest));
        Assert.Equal(One.Blobs[config.Digest], await ContentAsync(source, App, config.Digest));
    }

    [Fact]
    public async Task A_blob_of_a_registrys_cache_is_named_by_an_index()
    {
        var (config, layer) = (One.Manifest.Blobs[0], One.Manifest.Blobs[^1]);
        var cache = ImageContent.Parse(System.Text.Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[
            {"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{layer.Digest}}","size":{{layer.Size}}},
            {"mediaType":"application/vnd.buildkit.cacheconfig.v0","digest":"{{config.Digest}}","size":{{config.Size}}}]}
            """));
        var source = await SourceOf(new ImageSet().With(App, "cache", new ImageContent(cache, One.Blobs)));
        Assert.Equal(cache.Digest, (await source.FindImageAsync(App, Tag.Parse("cache"), default))?.Digest);
        var read = await source.ReadManifestAsync(App, cache.Digest, default);
        Assert.Equal(cache.Bytes.ToArray(), read.Bytes.ToArray());
        Assert.Empty(read.Children);
        Assert.Equal([layer.Digest, config.Digest], read.Blobs.Select(blob => blob.Digest));
        Assert.Equal(One.Blobs[layer.Digest], await ContentAsync(source, App, layer.Digest));
    }
}

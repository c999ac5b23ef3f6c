using System.Text;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Images.Tests;

public sealed class ManifestReaderTests
{
    private static readonly Descriptor Config = new("", Digest.OfSha256("config"u8), 6);
    private static readonly Descriptor Layer = new("", Digest.OfSha256("layer"u8), 5);

    [Theory]
    [InlineData(ManifestFormat.Oci, false, MediaType.OciManifest)]
    [InlineData(ManifestFormat.Oci, true, MediaType.OciManifest)]
    [InlineData(ManifestFormat.Docker, false, MediaType.DockerManifest)]
    public void An_image_manifest_names_its_config_and_layers_in_order(ManifestFormat format, bool omitMediaType, string mediaType)
    {
        var bytes = ManifestWriter.Image(new ImageSpec(Config, [Layer, Layer]) { Format = format, OmitMediaType = omitMediaType });

        var manifest = Read(bytes);

        Assert.Equal(mediaType, manifest.MediaType);
        Assert.False(manifest.IsIndex);
        Assert.Equal([Config.Digest, Layer.Digest, Layer.Digest], manifest.Blobs.Select(blob => blob.Digest));
        Assert.Equal([6, 5, 5], manifest.Blobs.Select(blob => blob.Size));
        Assert.Equal(bytes, manifest.Bytes.ToArray());
        Assert.Empty(manifest.Children);
    }

    [Theory]
    [InlineData(ManifestFormat.Oci, MediaType.OciIndex)]
    [InlineData(ManifestFormat.Docker, MediaType.DockerManifestList)]
    public void An_index_names_its_children_in_order(ManifestFormat format, string mediaType)
    {
        var manifest = Read(ManifestWriter.Index([Layer, Config], format));

        Assert.Equal(mediaType, manifest.MediaType);
        Assert.True(manifest.IsIndex);
        Assert.Equal([Layer.Digest, Config.Digest], manifest.Children.Select(child => child.Digest));
        Assert.Empty(manifest.Blobs);
    }

    [Fact]
    public void An_index_without_media_type_is_told_by_its_shape() =>
        Assert.Equal(MediaType.OciIndex, Read("""{"schemaVersion":2,"manifests":[]}""").MediaType);

    [Fact]
    public void A_subject_is_read()
    {
        var manifest = Read(ManifestWriter.Image(new ImageSpec(Config, []) { Subject = Layer }));

        Assert.Equal(Layer.Digest, manifest.Subject?.Digest);
    }

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", true, true)]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", false, false)]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", true, true)]
    [InlineData(MediaType.OciLayerGzip, true, false)]
    public void A_foreign_layer_has_its_type_and_urls(string mediaType, bool urls, bool foreign)
    {
        var manifest = Read(ManifestWriter.Image(new ImageSpec(Config, [new Descriptor(mediaType, Layer.Digest, 5, urls)])));

        Assert.Equal(foreign, manifest.Blobs[1].IsForeign);
        Assert.Equal(urls, manifest.Blobs[1].HasUrls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":2}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"text/html","config":{}}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"\ud800","config":{}}""")]
    [InlineData("""{"schemaVersion":2,"config":null}""")]
    [InlineData("""{"schemaVersion":2,"config":{"digest":"sha256:abc","size":1}}""")]
    [InlineData("""{"schemaVersion":2,"config":{"digest":"\udc00","size":1}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":{}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[null]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"size":1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":1e30}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":"1"}]}""")]
    public void Whatever_is_no_manifest_is_invalid(string text)
    {
        var error = ErrorOf(Encoding.UTF8.GetBytes(text));

        Assert.Equal(ErrorCode.ManifestInvalid, error.Code);
        Assert.NotNull(error.Digest);
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_invalid() =>
        Assert.Equal(ErrorCode.ManifestInvalid, ErrorOf([.. "{\"schemaVersion\":2,\"mediaType\":\""u8, 0xff, 0xfe, .. "\"}"u8]).Code);

    [Fact]
    public void Deep_nesting_is_invalid() =>
        Assert.Equal(ErrorCode.ManifestInvalid, ErrorOf(Encoding.UTF8.GetBytes(new string('[', 100_000))).Code);

    [Fact]
    public void More_than_ten_thousand_descriptors_are_invalid() =>
        Assert.Equal(ErrorCode.ManifestInvalid, ErrorOf(ManifestWriter.Index([.. Enumerable.Repeat(Layer, 10_001)], ManifestFormat.Oci)).Code);

    [Theory]
    [InlineData("""{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[]}""")]
    [InlineData("""{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws"}""")]
    public void Schema_1_is_refused_by_name(string text)
    {
        var error = ErrorOf(Encoding.UTF8.GetBytes(text));

        Assert.Equal(ErrorCode.Schema1Unsupported, error.Code);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_manifest_over_4_MiB_is_too_large() =>
        Assert.Equal(ErrorCode.ManifestTooLarge, ErrorOf(new byte[Manifest.MaxBytes + 1]).Code);

    [Fact]
    public void Bytes_that_do_not_match_the_digest_are_not_looked_at()
    {
        var failure = Assert.Throws<TransferException>(() => ManifestReader.Read("not JSON"u8.ToArray(), Digest.OfSha256([])));

        Assert.Equal(ErrorCode.ManifestDigestMismatch, failure.Error.Code);
    }

    [Fact]
    public void Arbitrary_bytes_give_a_manifest_or_the_documented_error() => Property.Holds<byte[]>(IsDocumented, cases: 1000);

    /// <summary>Damage close to the real thing gets further than arbitrary bytes do.</summary>
    [Fact]
    public void A_damaged_manifest_gives_a_manifest_or_the_documented_error() =>
        Property.Holds<((ushort At, byte Value)[] Changes, bool Index, ushort Cut)>(damage =>
        {
            var bytes = damage.Index
                ? ManifestWriter.Index([Layer, Config], ManifestFormat.Docker)
                : ManifestWriter.Image(new ImageSpec(Config, [Layer with { HasUrls = true }]) { Subject = Layer });
            foreach (var (at, value) in damage.Changes)
                bytes[at % bytes.Length] = value;
            return IsDocumented(damage.Cut % 4 == 1 ? bytes[..(damage.Cut % bytes.Length)] : bytes);
        }, cases: 5000);

    private static bool IsDocumented(byte[] bytes)
    {
        try
        {
            return Read(bytes).Bytes.Length == bytes.Length;
        }
        catch (TransferException e)
        {
            return e.Error.Code is ErrorCode.ManifestInvalid or ErrorCode.Schema1Unsupported;
        }
    }

    private static Manifest Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static Manifest Read(byte[] bytes) => ManifestReader.Read(bytes, Digest.OfSha256(bytes));

    private static TransferError ErrorOf(byte[] bytes) => Assert.Throws<TransferException>(() => Read(bytes)).Error;
}

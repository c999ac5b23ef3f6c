using System.Text;
using System.Text.Json.Nodes;

namespace TransferEngine.Images.Tests;

/// <summary>Manifests as tools and people write them, which Go's reader, and so every registry, takes.</summary>
public sealed class ManifestShapesTests
{
    private const string CacheConfig = "application/vnd.buildkit.cacheconfig.v0";

    private static readonly Digest One = Digest.OfSha256("one"u8);
    private static readonly Digest Two = Digest.OfSha256("two"u8);

    [Theory]
    [InlineData(MediaType.DockerLayerGzip)]
    [InlineData(MediaType.OciLayerGzip)]
    [InlineData(CacheConfig)]
    [InlineData("application/octet-stream")]
    public void An_entry_of_an_index_that_is_no_manifest_is_a_blob(string mediaType)
    {
        var index = Read($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{Entry(mediaType, One)}},{{Entry(MediaType.OciManifest, Two)}}] }""");

        Assert.Equal((One, 3), (Assert.Single(index.Blobs).Digest, index.Blobs[0].Size));
        Assert.Equal(Two, Assert.Single(index.Children).Digest);
    }

    [Theory]
    [InlineData("")]
    [InlineData(MediaType.OciManifest)]
    [InlineData(MediaType.OciIndex)]
    [InlineData(MediaType.DockerManifest)]
    [InlineData(MediaType.DockerManifestList)]
    [InlineData(MediaType.DockerSchema1)]
    [InlineData(MediaType.DockerSchema1Signed)]
    [InlineData(MediaType.OciArtifact)]
    [InlineData("Application/Vnd.OCI.image.manifest.v1+JSON; charset=utf-8")]
    public void An_entry_of_any_manifest_type_or_of_none_is_a_child(string mediaType)
    {
        var index = Read($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{Entry(mediaType, One)}}] }""");

        Assert.Equal(One, Assert.Single(index.Children).Digest);
        Assert.Empty(index.Blobs);
    }

    [Theory]
    [InlineData("application/vnd.OCI.image.manifest.v1+JSON", MediaType.OciManifest)]
    [InlineData("application/vnd.oci.image.manifest.v1+json; charset=utf-8", MediaType.OciManifest)]
    [InlineData("APPLICATION/VND.DOCKER.DISTRIBUTION.MANIFEST.V2+JSON;charset=UTF-8", MediaType.DockerManifest)]
    [InlineData(" application/vnd.oci.image.manifest.v1+json ", MediaType.OciManifest)]
    public void A_media_type_counts_however_it_is_written(string written, string mediaType)
    {
        var text = $$"""{"schemaVersion":2,"mediaType":"{{written}}","config":{{Entry("", One)}} }""";

        Assert.Equal(mediaType, Read(text).MediaType);
        Assert.Equal(text, Encoding.UTF8.GetString(Read(text).Bytes.Span));
    }

    [Theory]
    [InlineData("application/vnd.docker.distribution.MANIFEST.v1+prettyjws")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+json; charset=utf-8")]
    public void Schema_1_is_known_however_its_type_is_written(string written) =>
        Assert.Equal(ErrorCode.Schema1Unsupported, Assert.Throws<TransferException>(() => Read($$"""{"mediaType":"{{written}}" }""")).Error.Code);

    [Theory]
    [InlineData("")]
    [InlineData(""","size":null""")]
    [InlineData(""","size":-5""")]
    public void A_size_that_is_not_stated_is_unknown_and_no_fault(string size)
    {
        var manifest = Read($$"""{"schemaVersion":2,"config":{"digest":"{{One}}"{{size}}},"layers":[{"digest":"{{Two}}"{{size}}}]}""");

        Assert.All(manifest.Blobs, blob => Assert.Equal((Descriptor.UnknownSize, false), (blob.Size, blob.IsSizeKnown)));
    }

    [Fact]
    public void Of_a_key_that_is_repeated_the_last_counts()
    {
        var manifest = Read($$"""
            {"schemaVersion":1,"mediaType":"text/html","config":{},"layers":[{},{}],
             "schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{Entry("", Two)}},"config":{"size":9,"digest":"none","digest":"{{One}}","size":3},"layers":[{{Entry("", Two)}}] }
            """);

        Assert.Equal(MediaType.OciManifest, manifest.MediaType);
        Assert.Equal([One, Two], manifest.Blobs.Select(blob => blob.Digest));
        Assert.Equal([3, 3], manifest.Blobs.Select(blob => blob.Size));
    }

    [Fact]
    public void Keys_count_in_whatever_case_they_are_written()
    {
        var manifest = Read($$"""
            {"SchemaVersion":2,"MediaType":"{{MediaType.OciManifest}}","Config":{"Digest":"{{One}}","SIZE":3},
             "LAYERS":[{"mediatype":"x","m\u0065diaType":"y","digest":"{{Two}}","size":3,"Urls":["u"]}],"Subject":{"digest":"{{Two}}","size":3} }
            """);

        Assert.Equal([One, Two], manifest.Blobs.Select(blob => blob.Digest));
        Assert.Equal(("y", 3, true), (manifest.Blobs[1].MediaType, manifest.Blobs[1].Size, manifest.Blobs[1].HasUrls));
        Assert.Equal(Two, manifest.Subject?.Digest);
    }

    /// <summary>Go goes through the keys in order and takes each for the field that it resembles.</summary>
    [Theory]
    [InlineData("""{"a":1,"A":2}""", "2")]
    [InlineData("""{"A":2,"a":1}""", "1")]
    [InlineData("""{"a":1,"a":2,"b":3}""", "2")]
    [InlineData("""{"\ud800":1,"\u0061":2}""", "2")]
    [InlineData("""{"b":1}""", null)]
    [InlineData("""["a"]""", null)]
    public void The_last_of_all_writings_of_a_key_is_found(string json, string? value)
    {
        using var document = ManifestJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(value, ManifestJson.Find(document.RootElement, "a")?.GetRawText());
    }

    [Fact]
    public void An_object_that_is_to_be_changed_has_each_key_once_and_annotations_as_they_are()
    {
        var read = ManifestJson.ParseObject("""
            {"manifests":[1],"annotations":{"Key":"1","key":"2","key":"3","\ud800":"4","bad":"\udc00"},"Manifests":[2,{"x":true,"X":null}],"other":1.50}
            """u8.ToArray());
        read["MANIFESTS"]!.AsArray().Add(JsonValue.Create(3));

        Assert.Equal("""{"manifests":[2,{"x":null},3],"annotations":{"Key":"1","key":"3","bad":null},"other":1.50}""", read.ToJsonString());
    }

    [Fact]
    public void A_referrer_is_described_however_odd_its_manifest_is()
    {
        var manifest = Read($$"""
            {"schemaVersion":2,"config":{"mediaType":"text/first","mediaType":"text/last","digest":"{{One}}"},"annotations":{"a":"lost"},
             "Annotations":{"a":"1","a":"2","number":3,"none":"\ud800"},"artifactType":"","subject":{"digest":"{{Two}}"} }
            """);

        var descriptor = ReferrerDescriptor.Of(manifest);

        Assert.Equal("text/last", descriptor["artifactType"]!.GetValue<string>());
        Assert.Equal("""{"a":"2"}""", descriptor["annotations"]!.ToJsonString());
        Assert.Equal(manifest.Bytes.Length, descriptor["size"]!.GetValue<int>());
    }

    [Fact]
    public void Whatever_is_a_manifest_can_be_described_as_a_referrer() => Property.Holds<(byte[] Choices, bool Index)>(given =>
    {
        var text = given.Index ? $$"""{"schemaVersion":2,"manifests":[]{{Keys(given.Choices)}} }""" : $$"""{"schemaVersion":2,"config":{{Entry("", One)}}{{Keys(given.Choices)}} }""";
        Manifest manifest;
        try
        {
            manifest = Read(text);
        }
        catch (TransferException)
        {
            return true;
        }
        return ReferrerDescriptor.Of(manifest).ToJsonString().Length > 0 && ManifestJson.ParseObject(manifest.Bytes).ToJsonString().Length > 0;
    }, cases: 2000);

    private static string Keys(byte[] choices)
    {
        string[] keys = ["annotations", "Annotations", "artifactType", "ARTIFACTTYPE", "\\ud800", "subject", "data", "config"];
        string[] values = ["null", "1", "\"x\"", "\"\\udc00\"", "{}", "{\"a\":1,\"a\":\"2\"}", "{\"A\":\"\\ud800\",\"\\ud800\":\"\"}", "[[],{\"x\":1,\"x\":2}]", $"{{\"digest\":\"{One}\",\"size\":1}}"];
        return string.Concat(choices.Select(choice => $",\"{keys[choice % keys.Length]}\":{values[choice / keys.Length % values.Length]}"));
    }

    private static string Entry(string mediaType, Digest digest) => $$"""{"mediaType":"{{mediaType}}","digest":"{{digest}}","size":3}""";

    private static Manifest Read(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}

using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Platforms;

public sealed class PlatformSelectionTests
{
    private static readonly RepositoryName App = RepositoryName.Parse("app");

    private readonly MemorySource _source = new();
    private readonly Digest _amd64;
    private readonly Digest _arm64;
    private readonly Digest _armV7;
    private readonly Digest _index;
    private readonly Digest _plain;

    public PlatformSelectionTests()
    {
        _plain = _source.AddImage("app", "plain", "layer");
        _amd64 = _source.AddImage("app", null, "amd64");
        _arm64 = _source.AddImage("app", null, "arm64");
        _armV7 = _source.AddImage("app", null, "arm v7");
        _index = _source.AddManifest("app", "multi", $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaType.OciIndex}}}","manifests":[{{{Entry(_amd64, "amd64")}}},{{{Entry(_arm64, "arm64")}}},{{{Entry(_armV7, "arm", "v7")}}}],"annotations":{"by":"a+b"}}
            """);
    }

    [Fact]
    public async Task An_index_keeps_the_chosen_entries_in_their_order_and_all_else_that_it_says()
    {
        var source = Selection("linux/arm64", "linux/amd64");
        var image = await FindAsync(source, "multi");
        Assert.NotEqual(_index, image.Digest);
        var manifest = await source.ReadManifestAsync(App, image.Digest!.Value, default);
        Assert.Equal([_amd64, _arm64], manifest.Children.Select(child => child.Digest));
        Assert.Contains("\"annotations\":{\"by\":\"a+b\"}", System.Text.Encoding.UTF8.GetString(manifest.Bytes.Span), StringComparison.Ordinal);
        Assert.Equal(1, source.Narrowed);
    }

    [Fact]
    public async Task The_same_choice_gives_the_same_digest() =>
        Assert.Equal((await FindAsync(Selection("linux/amd64"), "multi")).Digest, (await FindAsync(Selection("linux/amd64"), "multi")).Digest);

    [Fact]
    public async Task An_index_of_which_all_is_chosen_stays_as_it_is() =>
        Assert.Equal(_index, (await FindAsync(Selection("linux/amd64", "linux/arm64", "linux/arm"), "multi")).Digest);

    [Theory]
    [InlineData("linux/arm")]
    [InlineData("linux/arm/v7")]
    public async Task A_platform_without_a_variant_means_every_variant(string platform)
    {
        var source = Selection(platform);
        var manifest = await source.ReadManifestAsync(App, (await FindAsync(source, "multi")).Digest!.Value, default);
        Assert.Equal(_armV7, Assert.Single(manifest.Children).Digest);
    }

    [Fact]
    public async Task An_index_is_cut_whatever_the_writing_of_its_keys()
    {
        _source.AddManifest("app", "odd", $$$"""
            {"schemaVersion":2,"manifests":[],"Manifests":[{{{Entry(_amd64, "amd64")}}},{"Platform":{"OS":"linux","os":"none","OS":"linux","architecture":"arm64"},"digest":"{{{_arm64}}}"}],"a":1,"a":2}
            """);
        var source = Selection("linux/arm64");
        var manifest = await source.ReadManifestAsync(App, (await FindAsync(source, "odd")).Digest!.Value, default);
        Assert.Equal(_arm64, Assert.Single(manifest.Children).Digest);
    }

    [Fact]
    public async Task A_cache_of_a_build_is_for_no_platform_and_stays_as_it_is()
    {
        var cache = _source.AddManifest("app", "cache", $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaType.OciIndex}}}","manifests":[{"mediaType":"{{{MediaType.OciLayerGzip}}}","digest":"{{{_amd64}}}","size":1}]}
            """);
        Assert.Equal(cache, (await FindAsync(Selection("linux/arm64"), "cache")).Digest);
    }

    [Fact]
    public async Task An_image_that_is_no_index_stays_as_it_is() =>
        Assert.Equal(_plain, (await FindAsync(Selection("linux/riscv64"), "plain")).Digest);

    [Fact]
    public async Task An_index_with_none_of_the_platforms_is_an_error_of_that_image()
    {
        var image = await FindAsync(Selection("linux/riscv64"), "multi");
        Assert.Null(image.Digest);
        Assert.Equal(ErrorCode.PlatformMissing, image.Error!.Code);
        Assert.Contains("linux/riscv64", image.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_choice_is_another_job() =>
        Assert.NotEqual(Selection("linux/amd64").Endpoint, Selection("linux/arm64").Endpoint);

    [Theory]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("/amd64")]
    [InlineData("linux/arm/v7/x")]
    [InlineData("")]
    public void What_is_no_platform_is_not_taken_for_one(string text) => Assert.False(Platform.TryParse(text, out _));

    private PlatformSelection Selection(params string[] platforms) =>
        new(_source, [.. platforms.Select(text => Platform.TryParse(text, out var platform) ? platform : throw new ArgumentException(text))]);

    private static async Task<SourceImage> FindAsync(PlatformSelection source, string tag) =>
        await source.ListImagesAsync(App, untagged: false, default).SingleAsync(image => image.Name == tag);

    private static string Entry(Digest digest, string architecture, string? variant = null) =>
        $$$"""{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{digest}}}","size":1,"platform":{"os":"linux","architecture":"{{{architecture}}}"{{{(variant is null ? "" : $",\"variant\":\"{variant}\"")}}} } }""";
}

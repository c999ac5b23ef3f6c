using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Selection;

/// <summary>Cosign's tags and the referrers tag, where tags are narrowed.</summary>
public sealed class CompanionTagsTests
{
    private static readonly RepositoryName App = RepositoryName.Parse("app");

    private readonly MemorySource _source = new();
    private readonly Digest _wanted;
    private readonly Digest _other;

    public CompanionTagsTests()
    {
        _wanted = _source.AddImage("app", "v2", "two");
        _other = _source.AddImage("app", "v1", "one");
    }

    [Theory]
    [InlineData(".sig")]
    [InlineData(".att")]
    [InlineData(".sbom")]
    [InlineData("")]
    public async Task What_belongs_to_a_wanted_image_comes_with_it_and_the_rest_stays(string suffix)
    {
        var tag = Sign(_wanted, suffix);
        Sign(_other, suffix);
        Assert.Equal(["v2", tag], await ListAsync(new ImageSelection(includeTags: ["v2"])));
    }

    [Fact]
    public async Task Companions_take_no_place_among_the_newest()
    {
        var tag = Sign(_other, ".sig");
        var second = Sign(_wanted, ".sig");
        Assert.Equal(["v2", second], await ListAsync(new ImageSelection(newest: 1)));
        Assert.Equal(["v2", "v1", second, tag], await ListAsync(new ImageSelection(newest: 2)));
    }

    [Fact]
    public async Task A_signature_of_an_image_inside_an_index_comes_with_the_index()
    {
        var child = _source.AddImage("app", null, "amd64");
        _source.AddIndex("app", "multi", child);
        var tag = Sign(child, ".sig");
        Assert.Equal(["multi", tag], await ListAsync(new ImageSelection(tagRegexes: ["^multi$"])));
        Assert.Equal(["v2"], await ListAsync(new ImageSelection(tagRegexes: ["^v2$"])));
    }

    [Fact]
    public async Task A_signature_may_be_signed()
    {
        var tag = Sign(_wanted, ".att");
        var second = Sign(_source.AddImage("app", null, "of " + tag), ".sig");
        Assert.Equal(["v2", tag, second], await ListAsync(new ImageSelection(includeTags: ["v2"])));
    }

    [Fact]
    public async Task What_is_excluded_by_name_stays_behind()
    {
        Sign(_wanted, ".sig");
        Assert.Equal(["v2"], await ListAsync(new ImageSelection(includeTags: ["v2"], excludeTags: ["*.sig"])));
    }

    [Fact]
    public async Task Where_tags_are_not_narrowed_they_are_tags_like_any_other()
    {
        var tag = Sign(Digest.OfSha256([1]), ".sig");
        Assert.Equal(["v2", "v1", tag], await ListAsync(ImageSelection.All));
    }

    [Fact]
    public async Task Without_referrers_they_are_filtered_like_any_other_tag()
    {
        Sign(_wanted, ".sig");
        Assert.Equal(["v2"], await ListAsync(new ImageSelection(includeTags: ["v2"]), referrers: false));
    }

    [Fact]
    public async Task A_list_of_images_brings_them_as_well_if_they_are_wanted()
    {
        var tag = Sign(_wanted, ".sig");
        Sign(_other, ".sig");
        var list = ImageList.Parse(new StringReader("app:v2"), null, "images.txt");
        Assert.Equal(["v2", tag], await NamesAsync(new ListedImages(_source, list, companions: true).ListImagesAsync(App, false, CancellationToken.None)));
        Assert.Equal(["v2"], await NamesAsync(new ListedImages(_source, list).ListImagesAsync(App, false, CancellationToken.None)));
    }

    private string Sign(Digest subject, string suffix)
    {
        var tag = $"{subject.Algorithm}-{subject.Hex}{suffix}";
        _source.AddImage("app", tag, "of " + tag);
        return tag;
    }

    private Task<List<string>> ListAsync(ImageSelection selection, bool referrers = true) =>
        NamesAsync(new MigrationJob(_source, new MemoryTarget()) { Selection = selection, Referrers = referrers }.ListImagesAsync(App, CancellationToken.None));

    private static async Task<List<string>> NamesAsync(IAsyncEnumerable<SourceImage> images) => await images.Select(image => image.Name).ToListAsync();
}

using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Selection;

public sealed class TagSelectionTests
{
    [Theory]
    [InlineData(">=1.2 <2.0", "1.2|v1.2.0|1.9.9|1.2.3.4", "1.1.9|2.0|v2.0.0|1.5.0-rc1|latest|1.2.x")]
    [InlineData(">=1.2, <2.0", "1.2|1.9", "2.0")]
    [InlineData("^1.2", "1.2.0|1.9", "1.1|2.0|2.0.0-rc1")]
    [InlineData("^0.2.3", "0.2.3|0.2.9", "0.3.0|0.2.2")]
    [InlineData("^0.0.3", "0.0.3", "0.0.4")]
    [InlineData("~1.2", "1.2|1.2.9", "1.3|1.1")]
    [InlineData("~1", "1.0|1.9", "2.0")]
    [InlineData("1.x", "1|1.0.0|v1.7", "2|0.9|1.0.0-alpha")]
    [InlineData("1.2.*", "1.2.0|1.2.7", "1.3")]
    [InlineData("v1.2.3", "1.2.3|v1.2.3", "1.2.4")]
    [InlineData("*", "0.1|9", "9-rc|edge")]
    [InlineData("!=1.3", "1.2|1.4", "1.3|1.3.5")]
    [InlineData(">1.2", "1.3", "1.2|1.2.9")]
    [InlineData(">1.2.3", "1.2.4", "1.2.3")]
    [InlineData("<=1.2", "1.2.9|1.1", "1.3")]
    [InlineData("<=1.2.3", "1.2.3", "1.2.4")]
    [InlineData("1.2 - 1.4", "1.2|1.4.9", "1.5|1.1")]
    [InlineData("^1.0 || ^3", "1.5|3.1", "2.0|4.0")]
    [InlineData(">=1.2-0 <2", "1.2.0-alpine|1.5.0-rc1|1.9", "2.0.0-rc1|2.0")]
    public void A_range_of_versions_chooses_tags(string range, string wanted, string unwanted)
    {
        var selection = new ImageSelection(tagRange: range);
        Assert.All(wanted.Split('|'), tag => Assert.True(selection.Wants(Tag.Parse(tag)), tag));
        Assert.All(unwanted.Split('|'), tag => Assert.False(selection.Wants(Tag.Parse(tag)), tag));
        Assert.False(selection.Wants((Tag?)null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData(">=")]
    [InlineData(">=1.2 and <2")]
    [InlineData("1.x.3")]
    [InlineData("^1.2 ||")]
    [InlineData("99999999999.0")]
    public void A_text_that_is_no_range_is_refused(string range) =>
        Assert.Equal(ErrorCode.ConfigurationInvalid, Assert.Throws<TransferException>(() => new ImageSelection(tagRange: range)).Error.Code);

    [Fact]
    public void Expressions_match_anywhere_unless_they_are_anchored_and_one_of_them_is_enough()
    {
        var selection = new ImageSelection(tagRegexes: ["-alpine", "^v[0-9]+$"]);
        Assert.True(selection.Wants(Tag.Parse("1.2-alpine3")));
        Assert.True(selection.Wants(Tag.Parse("v12")));
        Assert.False(selection.Wants(Tag.Parse("v12-rc")));
        Assert.False(selection.Wants((Tag?)null));
    }

    [Fact]
    public void A_tag_must_pass_every_kind_of_filter()
    {
        var selection = new ImageSelection(includeTags: ["1*"], excludeTags: ["*.9"], tagRegexes: ["[0-9]$"], tagRange: "<2");
        Assert.Equal(["1.5"], new[] { "1.5", "1.9", "2.5", "0.5", "1.5-x" }.Where(tag => selection.Wants(Tag.Parse(tag))));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[z-a]")]
    public void An_expression_that_is_none_is_refused(string pattern) =>
        Assert.Equal(ErrorCode.ConfigurationInvalid, Assert.Throws<TransferException>(() => new ImageSelection(tagRegexes: [pattern])).Error.Code);

    [Fact]
    public void A_negative_number_of_newest_tags_is_refused() => Assert.Throws<TransferException>(() => new ImageSelection(newest: -1));

    [Theory]
    [InlineData(3, "1.10|1.9|2.0-rc", "1.9|latest|1.10|1.2|2.0-rc")]
    [InlineData(2, "build-10|build-9", "build-9|build-10|build-1|build-2")]
    [InlineData(2, "0.1|nightly", "nightly|0.1|edge")]
    [InlineData(9, "v1.2.0|1.2|a", "a|1.2|v1.2.0")]
    [InlineData(1, "b02", "b1|b02|b0")]
    public async Task The_newest_are_versions_from_the_highest_then_others_in_reverse_natural_order(int newest, string expected, string listed) =>
        Assert.Equal(expected.Split('|').Order(StringComparer.Ordinal), (await FilterAsync(new ImageSelection(newest: newest), listed.Split('|'))).Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_newest_are_counted_among_those_that_pass_the_other_filters() =>
        Assert.Equal(["1.9"], await FilterAsync(new ImageSelection(tagRange: "1.x", newest: 1), "1.8", "1.9", "2.0", "latest"));

    [Fact]
    public async Task Without_a_number_images_keep_their_order() =>
        Assert.Equal(["b", "a", "c"], await FilterAsync(ImageSelection.All, "b", "a", "c"));

    [Fact]
    public void The_newest_do_not_depend_on_the_order_of_the_listing() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements("1.0", "v1.0", "1.0.0", "1.2-rc", "2", "a1", "a01", "a10", "a9b", "latest", "_x", "20240101", "99999999999999999999").ArrayOf().ToArbitrary(),
        Gen.Choose(1, 5).ToArbitrary(),
        (tags, newest) =>
        {
            var selection = new ImageSelection(newest: newest);
            string[] listed = [.. tags.Distinct()];
            var forward = FilterAsync(selection, listed).Result;
            Assert.Equal(Math.Min(newest, listed.Length), forward.Count);
            Assert.Equal(forward, FilterAsync(selection, [.. listed.Reverse()]).Result);
        }));

    private static async Task<List<string>> FilterAsync(ImageSelection selection, params string[] tags)
    {
        var images = tags.Select(tag => new SourceImage(tag, Tag.Parse(tag), Digest.OfSha256([1]))).ToAsyncEnumerable();
        return await selection.FilterAsync(images, CancellationToken.None).Select(image => image.Name).ToListAsync();
    }
}

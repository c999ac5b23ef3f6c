using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Selection;

public sealed class ImageSelectionTests
{
    [Theory]
    [InlineData("library/*", "library/alpine", true)]
    [InlineData("library/*", "library/a/b", false)]
    [InlineData("library/**", "library/a/b", true)]
    [InlineData("**/base", "team/x/base", true)]
    [InlineData("**/base", "base", true)]
    [InlineData("team?/app", "team1/app", true)]
    [InlineData("team?/app", "team/app", false)]
    [InlineData("a.b", "axb", false)]
    public void A_repository_pattern_is_a_glob_over_path_components(string pattern, string repository, bool wanted) =>
        Assert.Equal(wanted, new ImageSelection(includeRepositories: [pattern]).Wants(RepositoryName.Parse(repository)));

    [Fact]
    public void Without_patterns_everything_is_wanted()
    {
        Assert.True(ImageSelection.All.Wants(RepositoryName.Parse("a/b/c")));
        Assert.True(ImageSelection.All.Wants(Tag.Parse("v1")));
        Assert.True(ImageSelection.All.Wants((Tag?)null));
    }

    [Fact]
    public void An_exclude_pattern_wins_over_an_include_pattern()
    {
        var selection = new ImageSelection(includeTags: ["v*"], excludeTags: ["*-rc"]);
        Assert.True(selection.Wants(Tag.Parse("v1.0")));
        Assert.False(selection.Wants(Tag.Parse("v1.0-rc")));
        Assert.False(selection.Wants(Tag.Parse("latest")));
    }

    [Fact]
    public void Untagged_revisions_are_left_out_when_tags_were_asked_for() =>
        Assert.False(new ImageSelection(includeTags: ["v*"]).Wants((Tag?)null));
}

namespace TransferEngine.Images.Tests;

public sealed class NameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("library/nginx")]
    [InlineData("a/b/c/d/e/f")]
    [InlineData("0.1_2__3-4---5")]
    public void Repository_names_of_the_specification_are_taken(string text) => Assert.Equal(text, RepositoryName.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("A")]
    [InlineData("a_")]
    [InlineData("_a")]
    [InlineData("a___b")]
    [InlineData("a..b")]
    [InlineData("a._b")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/_manifests")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("ä")]
    [InlineData("a:b")]
    [InlineData("a\\b")]
    public void Other_repository_names_are_not(string? text)
    {
        Assert.False(RepositoryName.TryParse(text, out _));
        if (text is not null)
            Assert.Throws<FormatException>(() => RepositoryName.Parse(text));
    }

    [Fact]
    public void A_repository_name_has_at_most_255_characters()
    {
        Assert.True(RepositoryName.TryParse(new string('a', 255), out _));
        Assert.False(RepositoryName.TryParse(new string('a', 256), out _));
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("_x")]
    [InlineData("current")]
    [InlineData("1.0-rc.1_2")]
    [InlineData("UPPER")]
    public void Tags_of_the_specification_are_taken(string text) => Assert.Equal(text, Tag.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("ü")]
    public void Other_tags_are_not(string? text)
    {
        Assert.False(Tag.TryParse(text, out _));
        if (text is not null)
            Assert.Throws<FormatException>(() => Tag.Parse(text));
    }

    [Fact]
    public void A_tag_has_at_most_128_characters()
    {
        Assert.True(Tag.TryParse(new string('a', 128), out _));
        Assert.False(Tag.TryParse(new string('a', 129), out _));
    }

    [Fact]
    public void A_repository_name_never_climbs_out_of_a_folder() => Property.Holds<byte[]>(choices => TextOf(choices) is var text
        && (!RepositoryName.TryParse(text, out var name)
            || (name.ToString() == text && Path.GetFullPath(Path.Join("/root", text)) == "/root/" + text)), cases: 5000);

    [Fact]
    public void A_tag_is_always_one_step_of_a_path() => Property.Holds<byte[]>(choices => TextOf(choices) is var text
        && (!Tag.TryParse(text, out var tag)
            || (tag.ToString() == text && Path.GetDirectoryName(Path.GetFullPath(Path.Join("/root", text))) == "/root")), cases: 5000);

    [Fact]
    public void Any_text_is_taken_or_not_and_nothing_is_thrown() => Property.Holds<string?>(text =>
        (!RepositoryName.TryParse(text, out var name) || name.ToString() == text) && (!Tag.TryParse(text, out var tag) || tag.ToString() == text));

    [Fact]
    public void An_image_is_written_with_its_tag_or_digest()
    {
        var repository = RepositoryName.Parse("a/b");
        var digest = Digest.OfSha256([]);

        Assert.Equal("a/b:latest", new ImageReference(repository, Tag.Parse("latest")).ToString());
        Assert.Equal($"a/b@{digest}", new ImageReference(repository, digest).ToString());
    }

    /// <summary>Text of the characters that matter to names and paths, so that many cases are nearly valid.</summary>
    private static string TextOf(byte[] choices) => string.Concat(choices.Select(choice => "az09AZ._-/\\:~ "[choice % 14]));
}

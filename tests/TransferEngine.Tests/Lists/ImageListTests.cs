using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Lists;

public sealed class ImageListTests
{
    private const string SomeDigest = "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";

    [Theory]
    [InlineData("app", "app")]
    [InlineData("team/app:v1", "team/app:v1")]
    [InlineData("  team/app:v1  # the old one", "team/app:v1")]
    [InlineData("team/app@" + SomeDigest, "team/app@" + SomeDigest)]
    [InlineData("team/app:v1@" + SomeDigest, "team/app:v1@" + SomeDigest)]
    [InlineData("registry.example:5000/team/app:v1", "team/app:v1")]
    [InlineData("REGISTRY.example:5000/app", "app")]
    [InlineData("docker://registry.example:5000/team/app:v1", "team/app:v1")]
    public void A_line_is_a_reference(string line, string expected)
    {
        var list = Parse(line, "registry.example:5000");
        Assert.Equal(expected, Assert.Single(list.Of(Assert.Single(list.Repositories))).ToString());
    }

    [Theory]
    [InlineData("alpine:3", "library/alpine:3")]
    [InlineData("docker.io/alpine", "library/alpine")]
    [InlineData("bitnami/redis", "bitnami/redis")]
    [InlineData("docker.io/bitnami/redis", "bitnami/redis")]
    public void Docker_Hub_has_its_own_images_below_library(string line, string expected)
    {
        var list = Parse(line, "docker.io");
        Assert.Equal(expected, Assert.Single(list.Of(Assert.Single(list.Repositories))).ToString());
    }

    [Theory]
    [InlineData("docker.io/alpine", "registry-1.docker.io")]
    [InlineData("index.docker.io/library/alpine", "docker.io")]
    [InlineData("alpine", "index.docker.io")]
    public void Docker_Hub_s_names_all_mean_it(string line, string source) =>
        Assert.Equal("library/alpine", Assert.Single(Parse(line, source).Repositories).ToString());

    [Fact]
    public void A_tree_has_no_host_and_a_dot_may_be_part_of_a_repositorys_name()
    {
        Assert.Equal("my.team/app", Assert.Single(Parse("my.team/app:v1", null).Repositories).ToString());
        Assert.Contains("Line 1", Refused("host:5000/app", null).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other.example/app:v1")]
    [InlineData("localhost/app")]
    [InlineData("UPPER")]
    [InlineData("app:")]
    [InlineData("app:v 1")]
    [InlineData("app@sha256:short")]
    [InlineData("../etc")]
    [InlineData(":v1")]
    public void What_is_no_reference_or_another_hosts_is_refused_with_its_line(string line)
    {
        var error = Refused("# first\n\n" + line, "registry.example:5000");
        Assert.Equal((ErrorCode.ConfigurationInvalid, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("Line 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_is_bounded_and_printed_as_plain_text()
    {
        Assert.Contains("Line 1", Refused(new string('a', 2000), null).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Refused("a\u001b[31m", null).Message, char.IsControl);
    }

    [Fact]
    public void Repositories_keep_the_order_of_the_list_and_a_line_that_stands_twice_counts_once()
    {
        var list = Parse("b:1\r\na\r\nb:2\r\nb:1\r\n", null);
        Assert.Equal(["b", "a"], list.Repositories.Select(repository => repository.ToString()));
        Assert.Equal(["b:1", "b:2"], list.Of(RepositoryName.Parse("b")).Select(image => image.ToString()));
        Assert.Empty(list.Of(RepositoryName.Parse("c")));
    }

    [Fact]
    public void One_tag_can_have_one_digest_only() =>
        Assert.Contains("Lines 1 and 2", Refused($"app:v1@{SomeDigest}\napp:v1", null).Message, StringComparison.Ordinal);

    private static ImageList Parse(string text, string? host) => ImageList.Parse(new StringReader(text), host);

    private static TransferError Refused(string text, string? host) => Assert.Throws<TransferException>(() => Parse(text, host)).Error;
}

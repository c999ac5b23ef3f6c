using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class ListCommandTests
{
    private static readonly Digest Digest = FakeEngine.SomeDigest;

    private readonly CommandRun _run = new();

    public ListCommandTests()
    {
        _run.Endpoints.Listing.Add(Repository("base"), [Tagged("1.0"), Tagged("current")]);
        _run.Endpoints.Listing.Add(Repository("team/app"), [Tagged("_x"), new SourceImage(Digest.ToString(), null, Digest)]);
    }

    [Fact]
    public async Task Each_image_is_a_line()
    {
        await _run.AssertExitAsync(0, "list", "/data");
        Assert.Equal(["base:1.0", "base:current", "team/app:_x"], _run.OutputLines);
    }

    [Fact]
    public async Task Untagged_revisions_are_listed_by_digest_on_request()
    {
        await _run.RunAsync("list", "/data", "--untagged", "--include", "team/*");
        Assert.Equal(["team/app:_x", $"team/app@{Digest}"], _run.OutputLines);
    }

    [Fact]
    public async Task Json_gives_one_object_per_image()
    {
        await _run.RunAsync("list", "/data", "--json", "--include-tags", "1.*");
        var image = Assert.Single(_run.Events);
        Assert.Equal(("base", "1.0", Digest.ToString()),
            (image.GetProperty("repository").GetString(), image.GetProperty("tag").GetString(), image.GetProperty("digest").GetString()));
    }

    [Fact]
    public async Task Problems_go_to_standard_error_and_the_rest_is_listed()
    {
        var error = new TransferError(ErrorCode.TagLinkEmpty, "The tag's link is empty.") { Path = "/data/link" };
        _run.Endpoints.Listing.Add(Repository("bad"), [new SourceImage("broken", null, null, error), Tagged("good")]);
        _run.Endpoints.Listing.Add(new SourceRepository("NO", null, new TransferError(ErrorCode.RepositoryNameInvalid, "Not a name.")), []);
        await _run.AssertExitAsync(1, "list", "/data", "--include-tags", "good");
        Assert.Equal(["bad:good"], _run.OutputLines);
        Assert.Equal("bad:broken  TAG_LINK_EMPTY: The tag's link is empty. (/data/link)\nNO:*  REPOSITORY_NAME_INVALID: Not a name.\n", _run.Errors);
    }

    [Fact]
    public async Task A_list_of_images_narrows_the_source()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, ["team/app # all of it", "base:1.0", "base:2.0"]);
        await _run.AssertExitAsync(1, "list", "/data", "--images", file);
        Assert.Equal(["team/app:_x", "base:1.0"], _run.OutputLines);
        Assert.Contains("base:2.0  SOURCE_NOT_FOUND: Line 3 of the list names base:2.0", _run.Errors, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "base:1.0\nUPPER\n");
        await _run.AssertExitAsync(2, "migrate", "/data", "docker://host", "--images", file);
        Assert.Contains("Line 2 of the list, 'UPPER'", _run.Errors, StringComparison.Ordinal);
        File.Delete(file);
        await _run.AssertExitAsync(2, "list", "/data", "--images", file);
    }

    [Fact]
    public async Task A_list_of_nothing_is_4_with_names_that_are_there()
    {
        await _run.AssertExitAsync(4, "list", "/data", "--include", "nowhere/**");
        Assert.Empty(_run.Output);
        Assert.StartsWith("transfer: NOTHING_SELECTED: 0 of 4 images matched. There are base:1.0, base:current, team/app:_x", _run.Errors, StringComparison.Ordinal);
        Assert.Contains("1 without a tag, which --untagged takes", _run.Errors, StringComparison.Ordinal);
        await _run.AssertExitAsync(4, "list", "/data", "--include-tags", "9.*", "--json");
        Assert.Equal("NOTHING_SELECTED", Assert.Single(_run.Events).GetProperty("error").GetProperty("code").GetString());
        await _run.AssertExitAsync(0, "list", "/data", "--include", "nowhere/**", "--allow-empty");

        _run.Endpoints.Listing.Clear();
        await _run.AssertExitAsync(4, "list", "/data");
        Assert.Equal("transfer: NOTHING_SELECTED: The source holds no image.\n", _run.Errors);
    }

    [Theory]
    [InlineData("--include", "[a")]
    [InlineData("--exclude", "team/[ab]*")]
    [InlineData("--include-tags", "{1,2}.*")]
    [InlineData("--exclude-tags", "v1 v2")]
    [InlineData("--include", "team/app:1.0")]
    public async Task A_pattern_that_can_match_no_name_is_wrong_usage(string option, string pattern)
    {
        await _run.AssertExitAsync(2, "list", "/data", option, pattern);
        Assert.Contains($"The pattern '{pattern}' can match no name", _run.Errors, StringComparison.Ordinal);
        Assert.Contains("patterns know *, ** and ? only", _run.Errors, StringComparison.Ordinal);
    }

    private static SourceRepository Repository(string name) => new(name, RepositoryName.Parse(name));

    private static SourceImage Tagged(string tag) => new(tag, Tag.Parse(tag), Digest);
}

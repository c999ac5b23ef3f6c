using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Lists;

public sealed class ListedImagesTests
{
    private static readonly RepositoryName App = RepositoryName.Parse("app");

    private readonly MemorySource _source = new();
    private readonly Digest _one;
    private readonly Digest _two;

    public ListedImagesTests()
    {
        _one = _source.AddImage("app", "v1", "a");
        _two = _source.AddImage("app", "v2", "b");
        _source.AddImage("other", "v1", "c");
    }

    [Fact]
    public async Task Only_what_is_listed_is_there() =>
        Assert.Equal([("v2", _two)], await ListAsync("app:v2"));

    [Fact]
    public async Task A_repository_alone_means_all_of_its_tags() =>
        Assert.Equal([("v1", _one), ("v2", _two)], await ListAsync("app"));

    [Fact]
    public async Task A_tag_with_a_digest_has_that_digest_whatever_the_source_says_and_is_there_once() =>
        Assert.Equal([("v1", _two), ("v2", _two)], await ListAsync($"app\napp:v1@{_two}"));

    [Fact]
    public async Task A_digest_alone_is_an_image_without_tag() =>
        Assert.Equal([(_one.ToString(), _one)], await ListAsync($"app@{_one}"));

    [Fact]
    public async Task What_is_not_there_is_an_image_with_an_error_that_names_its_line()
    {
        var images = await Listed($"app:v1\n\napp:v3\napp@{Digest.OfSha256([9])}").ListImagesAsync(App, false, CancellationToken.None).ToListAsync();
        Assert.Equal(3, images.Count);
        Assert.Null(images[0].Error);
        Assert.StartsWith("Line 3 of the list names app:v3", images[1].Error!.Message, StringComparison.Ordinal);
        Assert.StartsWith("Line 4 of the list", images[2].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listed_repository_of_which_there_is_nothing_fails_as_a_whole()
    {
        _source.AddRepository("empty");
        var listed = Listed("# nothing here\nempty");
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await listed.ListImagesAsync(RepositoryName.Parse("empty"), false, CancellationToken.None).ToListAsync());
        Assert.Equal((ErrorCode.SourceNotFound, ErrorScope.Repository), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("Line 2", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repositories_are_the_lists_and_names_are_counted_without_the_source()
    {
        var listed = Listed($"nowhere\napp:v1\napp@{_two}\nother");
        Assert.Equal(["nowhere", "app", "other"], (await listed.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Select(found => found.Name));
        Assert.Equal(["v1", _two.ToString()], await listed.ListNamesAsync(App, false, CancellationToken.None).ToListAsync());
        Assert.Equal(["v1"], await listed.ListNamesAsync(RepositoryName.Parse("other"), false, CancellationToken.None).ToListAsync());
    }

    [Fact]
    public void A_list_makes_no_other_job() => Assert.Equal(_source.Endpoint, Listed("app").Endpoint);

    private ListedImages Listed(string list) => new(_source, ImageList.Parse(new StringReader(list), null));

    private async Task<IEnumerable<(string Name, Digest Digest)>> ListAsync(string list)
    {
        var images = await Listed(list).ListImagesAsync(App, false, CancellationToken.None).ToListAsync();
        Assert.All(images, image => Assert.Null(image.Error));
        return images.Select(image => (image.Name, image.Digest!.Value)).OrderBy(image => image.Name, StringComparer.Ordinal);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.RegistryTree;

[SupportedOSPlatform("linux")]
public sealed class UnreadableTests : TreeTest
{
    [Fact]
    public void A_repository_folder_that_can_not_be_read_is_reported_and_the_others_are_listed()
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("closed", "latest", "layer");
        Tree.AddImage("z", "latest", "layer");
        Close(Tree.RepositoryFolder("closed"));

        var repositories = AnotherUser.Run(() => Result(RepositoriesAsync()));

        Assert.Equal(["a", "z"], repositories.Where(repository => repository.Error is null).Select(repository => repository.Name));
        var error = Assert.Single(repositories, repository => repository.Name == "closed").Error;
        Assert.Equal(ErrorCode.SourceUnreadable, error?.Code);
        Assert.Equal(ErrorScope.Repository, error?.Scope);
        Assert.Equal(Tree.RepositoryFolder("closed"), error?.Path);
        Assert.Equal(RepositoryName.Parse("closed"), error?.Repository);
        Assert.Contains("not permitted", error?.Message, StringComparison.Ordinal);
        Assert.NotNull(error?.Hint);
    }

    [Theory]
    [InlineData("_manifests")]
    [InlineData("_manifests/tags")]
    public void A_tags_folder_that_can_not_be_read_fails_its_repository(string folder)
    {
        Tree.AddImage("a", "latest", "layer");
        Close(Path.Join(Tree.RepositoryFolder("a"), folder));

        var error = AnotherUser.Run(() => ErrorOf(ImagesAsync("a")));

        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Equal(ErrorScope.Repository, error.Scope);
        Assert.StartsWith(Path.Join(Tree.RepositoryFolder("a"), folder), error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_that_can_not_be_read_is_reported_and_the_others_are_listed()
    {
        Tree.AddImage("a", "closed", "one");
        Tree.AddImage("a", "open", "two");
        Close(Tree.TagLinkPath("a", "closed"));

        var images = AnotherUser.Run(() => Result(ImagesAsync("a")));

        Assert.Single(images, image => image is { Name: "open", Error: null });
        var error = Assert.Single(images, image => image.Name == "closed").Error;
        Assert.Equal(ErrorCode.SourceUnreadable, error?.Code);
        Assert.Equal(Tree.TagLinkPath("a", "closed"), error?.Path);
    }

    [Fact]
    public void A_blob_that_can_not_be_read_is_an_error_of_that_blob()
    {
        Tree.AddImage("a", "latest", "layer");
        var digest = DigestOf("layer");
        Close(Tree.BlobPath(digest));

        var error = AnotherUser.Run(() => ErrorOf(ContentAsync("a", digest)));

        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Equal(ErrorScope.Blob, error.Scope);
        Assert.Equal(Tree.BlobPath(digest), error.Path);
    }

    [Fact]
    public void A_tree_that_can_not_be_read_at_all_is_refused_for_that_reason()
    {
        Tree.AddImage("a", "latest", "layer");
        Close(Tree.Root);

        var error = AnotherUser.Run(() => Assert.Throws<TransferException>(Open).Error);

        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Equal(ErrorScope.Endpoint, error.Scope);
        Assert.Equal(Tree.Root, error.Path);
    }

    [Fact]
    public void A_folder_in_the_way_to_the_tree_that_can_not_be_read_is_named()
    {
        Tree.AddImage("a", "latest", "layer");
        Close(Path.Join(Tree.Root, "docker"));

        var error = AnotherUser.Run(() => Assert.Throws<TransferException>(Open).Error);

        Assert.Contains(Path.Join(Tree.Root, "docker"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repositories_that_can_not_be_listed_fail_the_endpoint()
    {
        Tree.AddImage("a", "latest", "layer");
        Close(Path.Join(Tree.V2, "repositories"));

        var error = AnotherUser.Run(() => ErrorOf(RepositoriesAsync()));

        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Equal(ErrorScope.Endpoint, error.Scope);
    }

    [Theory]
    [InlineData("_manifests")]
    [InlineData("_manifests/tags")]
    public async Task A_file_where_a_folder_should_be_is_an_error(string folder)
    {
        StorageTreeBuilder.WriteLink(Path.Join(Tree.RepositoryFolder("a"), folder), "a file");

        Assert.Equal("a", Assert.Single(await SoundRepositoriesAsync()));
        var failure = await Assert.ThrowsAsync<TransferException>(() => ImagesAsync("a"));

        Assert.Equal(ErrorCode.SourceUnreadable, failure.Error.Code);
        Assert.Equal(Path.Join(Tree.RepositoryFolder("a"), folder), failure.Error.Path);
    }

    [Fact]
    public async Task A_file_where_a_tag_should_be_is_an_error_of_that_tag()
    {
        StorageTreeBuilder.WriteLink(Path.Join(Tree.TagsFolder("a"), "latest"), "a file");

        Assert.Equal(ErrorCode.SourceUnreadable, (await ErrorOfTagAsync("a", "latest")).Code);
    }

    [Fact]
    public async Task A_pipe_where_a_link_should_be_does_not_block()
    {
        Tree.AddImage("a", "latest", "layer");
        var link = Tree.TagLinkPath("a", "latest");
        File.Delete(link);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [link]))
            await mkfifo.WaitForExitAsync();

        Assert.Equal(ErrorCode.TagLinkEmpty, (await ErrorOfTagAsync("a", "latest")).Code);
    }

    private static TransferError ErrorOf<T>(Task<T> reading) => Assert.Throws<TransferException>(() => Result(reading)).Error;

    /// <summary>The source works on the thread that calls it; anything else would lose that thread's identity.</summary>
    private static T Result<T>(Task<T> reading, [CallerArgumentExpression(nameof(reading))] string what = "")
    {
        Assert.True(reading.IsCompleted, $"{what} went to another thread");
        return reading.GetAwaiter().GetResult();
    }
}

using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class ListingRepositoriesTests : TreeTest
{
    [Fact]
    public async Task A_repository_may_hold_other_repositories()
    {
        foreach (var name in new[] { "a/b/c", "a/b", "z", "a/b/c/d/e" })
            Tree.AddImage(name, "latest", name);

        Assert.Equal(["a/b", "a/b/c", "a/b/c/d/e", "z"], await SoundRepositoriesAsync());
    }

    [Fact]
    public async Task Repositories_come_in_ordinal_order()
    {
        foreach (var name in new[] { "b", "a0", "a", "a9/x", "0" })
            Tree.AddImage(name, "latest", name);

        Assert.Equal(["0", "a", "a0", "a9/x", "b"], await SoundRepositoriesAsync());
    }

    [Fact]
    public async Task A_Harbor_tree_has_its_projects_as_first_folder()
    {
        Tree.AddImage("library/nginx", "latest", "nginx");
        Tree.AddImage("team/tools/builder", "latest", "builder");

        Assert.Equal(["library/nginx", "team/tools/builder"], await SoundRepositoriesAsync());
    }

    [Fact]
    public async Task A_repository_is_known_by_its_manifests_not_by_its_layers()
    {
        Tree.LinkLayer("layers/only", DigestOf("layer"));
        Tree.AddImage("manifests/only", "latest", "layer");
        Directory.Delete(Path.Join(Tree.RepositoryFolder("manifests/only"), "_layers"), recursive: true);

        Assert.Equal(["manifests/only"], await SoundRepositoriesAsync());
    }

    [Fact]
    public async Task Underscored_folders_hold_no_repositories()
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("a/_uploads/0d8e7a52/hashstates", "latest", "other");
        Tree.AddImage("_trash/b", "latest", "another");

        Assert.Equal(["a"], await SoundRepositoriesAsync());
    }

    [Fact]
    public async Task A_repository_without_tags_lists_nothing()
    {
        Directory.CreateDirectory(Path.Join(Tree.RepositoryFolder("emptied"), "_manifests", "revisions", "sha256"));

        Assert.Equal(["emptied"], await SoundRepositoriesAsync());
        Assert.Empty(await ImagesAsync("emptied", untagged: true));
    }

    [Fact]
    public async Task A_tree_without_repositories_lists_nothing()
    {
        Tree.AddBlob("left over"u8);

        Assert.Empty(await SoundRepositoriesAsync());
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("a/With Space")]
    [InlineData("double..dot")]
    [InlineData("-dash")]
    public async Task An_invalid_repository_name_is_reported_and_the_others_are_listed(string name)
    {
        Tree.AddImage("fine", "latest", "layer");
        Tree.AddImage(name, "latest", "layer");

        var repositories = await RepositoriesAsync();

        Assert.Contains(repositories, repository => repository is { Name: "fine", Error: null });
        var invalid = Assert.Single(repositories, repository => repository.Error is not null);
        Assert.Equal(name, invalid.Name);
        Assert.Null(invalid.Repository);
        Assert.Equal(ErrorCode.RepositoryNameInvalid, invalid.Error!.Code);
        Assert.Equal(ErrorScope.Repository, invalid.Error.Scope);
        Assert.Equal(Tree.RepositoryFolder(name), invalid.Error.Path);
    }

    [Fact]
    public async Task A_valid_repository_below_an_invalid_name_is_invalid_too()
    {
        Tree.AddImage("Upper/lower", "latest", "layer");

        var repository = Assert.Single(await RepositoriesAsync());

        Assert.Equal("Upper/lower", repository.Name);
        Assert.Equal(ErrorCode.RepositoryNameInvalid, repository.Error?.Code);
    }

    [Fact]
    public async Task A_name_longer_than_255_characters_is_reported_once()
    {
        Tree.AddImage(string.Join('/', Enumerable.Repeat(new string('a', 60), 6)), "latest", "layer");

        var repository = Assert.Single(await RepositoriesAsync());

        Assert.Equal(ErrorCode.RepositoryNameInvalid, repository.Error?.Code);
    }

    [Fact]
    public async Task The_walk_is_lazy()
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("b/c", "latest", "layer");
        await using var source = Open();
        await using var repositories = source.ListRepositoriesAsync(default).GetAsyncEnumerator();
        Assert.True(await repositories.MoveNextAsync());

        // What stands below a folder not yet opened may still change.
        Tree.AddImage("b/new", "latest", "layer");
        Assert.True(await repositories.MoveNextAsync());
        Assert.True(await repositories.MoveNextAsync());

        Assert.Equal("b/new", repositories.Current.Name);
    }

    [Fact]
    public async Task A_listing_can_be_cancelled_and_started_again()
    {
        Tree.AddImage("a", "latest", "layer");
        await using var source = Open();
        var listing = source.ListRepositoriesAsync(new CancellationToken(canceled: true));

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await listing.ToListAsync());
        Assert.Equal(1, await source.ListRepositoriesAsync(default).CountAsync());
    }
}

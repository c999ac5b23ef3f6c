using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class SymbolicLinkTests : TreeTest
{
    [Fact]
    public async Task The_root_may_be_reached_through_a_link()
    {
        Tree.AddImage("a", "latest", "layer");
        Directory.CreateSymbolicLink(Outside, Tree.Root);

        await using var source = RegistryTreeSource.Open(Outside);

        Assert.Equal("registry-tree:" + Outside, source.Endpoint);
        Assert.Equal(1, await source.ListRepositoriesAsync(default).CountAsync());
        Assert.Equal(5, await source.FindBlobAsync(RepositoryName.Parse("a"), DigestOf("layer"), default));
    }

    [Fact]
    public async Task Links_inside_the_tree_are_followed()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        Directory.CreateSymbolicLink(Tree.RepositoryFolder("b"), "a");
        Directory.CreateSymbolicLink(Path.Join(Tree.TagsFolder("a"), "stable"), "latest");
        Move(Tree.BlobFolder(DigestOf("layer")), Path.Join(Tree.V2, "blobs", "moved"));
        Move(Tree.BlobPath(image.Digest), Path.Join(Tree.V2, "blobs", "manifest"));

        Assert.Equal(["a", "b"], await SoundRepositoriesAsync());
        Assert.Equal(["latest", "stable"], (await ImagesAsync("b")).Where(listed => listed.Digest == image.Digest).Select(listed => listed.Name));
        Assert.Equal("layer", await ContentAsync("b", DigestOf("layer")));
        Assert.Equal(5, await SizeAsync("b", DigestOf("layer")));
        Assert.Equal(image.Digest, (await ManifestAsync("b", image.Digest)).Digest);
    }

    [Fact]
    public async Task A_repository_that_links_out_of_the_tree_is_reported_and_the_others_are_listed()
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("b", "latest", "layer");
        Move(Tree.RepositoryFolder("b"), Outside);

        var repositories = await RepositoriesAsync();

        Assert.Null(Assert.Single(repositories, repository => repository.Name == "a").Error);
        var error = Assert.Single(repositories, repository => repository.Name == "b").Error;
        Assert.Equal(ErrorCode.SourceOutsideRoot, error?.Code);
        Assert.Equal(Tree.RepositoryFolder("b"), error?.Path);
        Assert.Equal(RepositoryName.Parse("b"), error?.Repository);
        var failure = await Assert.ThrowsAsync<TransferException>(() => ImagesAsync("b"));
        Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
    }

    [Theory]
    [InlineData("current/link")]
    [InlineData("current")]
    [InlineData("")]
    public async Task A_tag_that_links_out_of_the_tree_is_an_error(string part)
    {
        Tree.AddImage("a", "latest", "layer");
        var path = Path.Join(Tree.TagsFolder("a"), "latest", part).TrimEnd('/');
        Move(path, Outside);

        var error = await ErrorOfTagAsync("a", "latest");

        Assert.Equal(ErrorCode.SourceOutsideRoot, error.Code);
        Assert.Equal(path, error.Path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_blob_that_links_out_of_the_tree_is_an_error(int levelsUp)
    {
        Tree.AddImage("a", "latest", "layer");
        var path = Tree.BlobPath(DigestOf("layer"));
        for (var i = 0; i < levelsUp; i++)
            path = Path.GetDirectoryName(path)!;
        Move(path, Outside);

        foreach (var read in new Func<Task>[] { () => SizeAsync("a", DigestOf("layer")), () => ContentAsync("a", DigestOf("layer")) })
        {
            var failure = await Assert.ThrowsAsync<TransferException>(read);
            Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
            Assert.Equal(path, failure.Error.Path);
            Assert.Contains(Outside, failure.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_link_inside_that_passes_through_a_link_out_is_an_error()
    {
        Tree.AddBlob("a"u8);
        var secret = Path.Join(Outside, "secret");
        Directory.CreateDirectory(Outside);
        await File.WriteAllTextAsync(secret, "secret");
        Directory.CreateSymbolicLink(Path.Join(Tree.V2, "door"), Outside);
        var digest = DigestOf("secret");
        Directory.CreateDirectory(Tree.BlobFolder(digest));
        File.CreateSymbolicLink(Tree.BlobPath(digest), Path.Join(Tree.V2, "door", "secret"));

        var failure = await Assert.ThrowsAsync<TransferException>(() => ContentAsync("a", digest));

        Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
    }

    [Theory]
    [InlineData("blobs")]
    [InlineData("repositories")]
    public void A_tree_whose_upper_folders_link_out_is_refused_at_once(string folder)
    {
        Tree.AddImage("a", "latest", "layer");
        Move(Path.Join(Tree.V2, folder), Outside);

        var failure = Assert.Throws<TransferException>(Open);

        Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
        Assert.Equal(ErrorScope.Endpoint, failure.Error.Scope);
    }

    [Theory]
    [InlineData("self", "self")]
    [InlineData("a/up", "..")]
    [InlineData("a/here", ".")]
    [InlineData("a/top", "../../..")]
    public async Task A_link_that_goes_round_is_reported_and_the_walk_ends(string link, string target)
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("z", "latest", "layer");
        Directory.CreateSymbolicLink(Tree.RepositoryFolder(link), target);

        var repositories = await RepositoriesAsync();

        Assert.Equal(["a", "z"], repositories.Where(repository => repository.Error is null).Select(repository => repository.Name));
        var bad = Assert.Single(repositories, repository => repository.Error is not null);
        Assert.Equal(link, bad.Name);
        Assert.Equal(Tree.RepositoryFolder(link), bad.Error?.Path);
    }

    [Fact]
    public async Task Two_repositories_that_link_to_each_other_end_the_walk()
    {
        Tree.AddImage("a", "latest", "layer");
        Tree.AddImage("b", "latest", "layer");
        Directory.CreateSymbolicLink(Tree.RepositoryFolder("a/to-b"), "../b");
        Directory.CreateSymbolicLink(Tree.RepositoryFolder("b/to-a"), "../a");

        var repositories = await RepositoriesAsync();

        Assert.Equal(["a", "a/to-b", "b", "b/to-a"], repositories.Where(repository => repository.Error is null).Select(repository => repository.Name));
        Assert.Equal(["a/to-b/to-a", "b/to-a/to-b"], repositories.Where(repository => repository.Error is not null).Select(repository => repository.Name));
    }

    [Fact]
    public async Task A_blob_whose_link_goes_round_is_an_error()
    {
        var digest = DigestOf("layer");
        Directory.CreateDirectory(Tree.BlobFolder(digest));
        File.CreateSymbolicLink(Tree.BlobPath(digest), "data");

        var failure = await Assert.ThrowsAsync<TransferException>(() => SizeAsync("a", digest));

        Assert.Equal(ErrorCode.SourceUnreadable, failure.Error.Code);
        Assert.Contains("circle", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_whose_link_is_broken_is_missing()
    {
        var digest = DigestOf("layer");
        Directory.CreateDirectory(Tree.BlobFolder(digest));
        File.CreateSymbolicLink(Tree.BlobPath(digest), "gone");

        Assert.Null(await SizeAsync("a", digest));
    }

    private static void Move(string path, string to)
    {
        Directory.Move(path, to);
        File.CreateSymbolicLink(path, to);
    }
}

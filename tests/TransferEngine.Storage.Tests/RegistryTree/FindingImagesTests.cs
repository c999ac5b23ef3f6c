using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class FindingImagesTests : TreeTest
{
    private static readonly RepositoryName A = RepositoryName.Parse("a");

    [Fact]
    public async Task A_tag_is_found_by_its_exact_name()
    {
        var image = Tree.AddImage("a", "rc", "layer");

        Assert.Equal(image.Digest, (await FindAsync(Tag.Parse("rc")))!.Digest);
        Assert.Null(await FindAsync(Tag.Parse("RC")));
        Assert.Null(await FindAsync(Tag.Parse("current")));
    }

    [Fact]
    public async Task A_digest_is_found_where_it_is_a_revision_of_the_repository_and_nowhere_else()
    {
        var image = Tree.AddImage("a", null, "layer");
        var others = Tree.AddImage("b", "latest", "other");

        Assert.Equal(new SourceImage(image.Digest.ToString(), null, image.Digest), await FindAsync(image.Digest));
        Assert.Null(await FindAsync(others.Digest));
    }

    [Fact]
    public async Task A_tag_whose_link_is_empty_is_found_with_its_error()
    {
        Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.TagLinkPath("a", "latest"), "");

        Assert.Equal(ErrorCode.TagLinkEmpty, (await FindAsync(Tag.Parse("latest")))!.Error!.Code);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_has_nothing()
    {
        Tree.AddImage("b", "latest", "layer");

        Assert.Null(await FindAsync(Tag.Parse("latest")));
        Assert.Null(await FindAsync(Digest.OfSha256([1])));
    }

    private async Task<SourceImage?> FindAsync(Reference reference)
    {
        await using var source = Open();
        return await source.FindImageAsync(A, reference, CancellationToken.None);
    }
}

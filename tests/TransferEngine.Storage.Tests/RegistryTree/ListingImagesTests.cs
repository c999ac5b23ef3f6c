using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class ListingImagesTests : TreeTest
{
    [Theory]
    [InlineData("current")]
    [InlineData("index")]
    [InlineData("link")]
    [InlineData("_x")]
    [InlineData("_manifests")]
    [InlineData("sha256")]
    [InlineData("UPPER.lower-1")]
    public async Task Tags_are_told_by_their_position(string tag)
    {
        var image = Tree.AddImage("a", tag, "layer");

        var listed = Assert.Single(await ImagesAsync("a"));

        Assert.Null(listed.Error);
        Assert.Equal(tag, listed.Tag.ToString());
        Assert.Equal(image.Digest, listed.Digest);
    }

    [Fact]
    public async Task Tags_that_differ_by_case_are_two()
    {
        Tree.AddImage("a", "rc", "one");
        Tree.AddImage("a", "RC", "two");

        Assert.Equal(["RC", "rc"], (await ImagesAsync("a")).Select(image => image.Name));
    }

    [Fact]
    public async Task A_tag_that_was_pushed_again_names_the_last_image()
    {
        Tree.AddImage("a", "latest", "old");
        var image = Tree.AddImage("a", "latest", "new");

        Assert.Equal(image.Digest, Assert.Single(await ImagesAsync("a")).Digest);
    }

    [Fact]
    public async Task White_space_around_the_digest_of_a_link_is_ignored()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.TagLinkPath("a", "latest"), $" {image.Digest}\r\n");

        Assert.Equal(image.Digest, Assert.Single(await ImagesAsync("a")).Digest);
    }

    [Fact]
    public async Task What_systems_left_in_a_tree_is_told_once_and_is_no_image()
    {
        var image = Tree.AddImage("team/app", "v1", "layer");
        Tree.AddImage("team/app", "Thumbs.db", "a tag that is called so");
        var litter = 0;
        foreach (var folder in new[] { Tree.RepositoryFolder(""), Tree.RepositoryFolder("team"), Tree.RepositoryFolder("team/app"), Tree.TagsFolder("team/app"), Path.GetDirectoryName(Path.GetDirectoryName(Tree.RevisionLinkPath("team/app", image.Digest)))! })
        {
            Directory.CreateDirectory(Path.Join(folder, "@eaDir", "v1"));
            await File.WriteAllTextAsync(Path.Join(folder, ".DS_Store"), "Bud1");
            await File.WriteAllTextAsync(Path.Join(folder, ".nfs000000000000a1b200000001"), "");
            litter++;
        }
        // Of those that are no folders, those among the tags count.
        litter += 2;
        Tree.AddImage(".snapshot/hourly.0/team/app", "v1", "layer");
        Directory.CreateDirectory(Tree.RepositoryFolder("lost+found"));
        litter += 2;

        await using var source = Open();
        Assert.Empty(source.Notes);
        for (var round = 0; round < 2; round++)
        {
            var repository = Assert.Single(await source.ListRepositoriesAsync(default).ToListAsync());
            Assert.Null(repository.Error);
            var images = await source.ListImagesAsync(repository.Repository!.Value, untagged: true, default).ToListAsync();
            Assert.All(images, listed => Assert.Null(listed.Error));
            Assert.Equal(["Thumbs.db", "v1"], images.Select(listed => listed.Name));
            Assert.Equal(["Thumbs.db", "v1"], await source.ListNamesAsync(repository.Repository.Value, untagged: false, default).ToListAsync());
            Assert.Equal(image.Digest, (await source.FindImageAsync(repository.Repository.Value, Tag.Parse("v1"), default))?.Digest);
        }
        Assert.Equal($"{litter} entries that are no repository or tag, such as .DS_Store, .nfs000000000000a1b200000001, .snapshot, were left alone: systems leave them in folders.", Assert.Single(source.Notes));
    }

    [Fact]
    public async Task An_invalid_tag_is_reported_and_the_others_are_listed()
    {
        Tree.AddImage("a", "fine", "layer");
        Tree.AddImage("a", "not a tag", "layer");
        Tree.AddImage("a", new string('x', 129), "layer");

        var images = await ImagesAsync("a");

        Assert.Equal(3, images.Count);
        Assert.Single(images, image => image is { Name: "fine", Error: null });
        Assert.All(images.Where(image => image.Name != "fine"), image =>
        {
            Assert.Null(image.Tag);
            Assert.Equal(ErrorCode.TagInvalid, image.Error?.Code);
            Assert.Equal(Path.Join(Tree.TagsFolder("a"), image.Name), image.Error?.Path);
        });
    }

    [Fact]
    public async Task An_empty_tag_link_is_an_error_that_names_the_file()
    {
        Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.TagLinkPath("a", "latest"), "");

        var error = await ErrorOfTagAsync("a", "latest");

        Assert.Equal(ErrorCode.TagLinkEmpty, error.Code);
        Assert.Equal(Tree.TagLinkPath("a", "latest"), error.Path);
        Assert.Equal("latest", error.Reference.ToString());
        Assert.NotNull(error.Hint);
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("sha256:abc")]
    [InlineData("../../../../../etc/passwd")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    public async Task A_tag_link_that_holds_no_digest_is_an_error(string content)
    {
        Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.TagLinkPath("a", "latest"), content);

        var error = await ErrorOfTagAsync("a", "latest");

        Assert.Equal(ErrorCode.TagLinkInvalid, error.Code);
        Assert.Contains(content, error.Message, StringComparison.Ordinal);
        Assert.Equal(Tree.TagLinkPath("a", "latest"), error.Path);
    }

    [Fact]
    public async Task A_huge_tag_link_is_read_in_part_only()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.TagLinkPath("a", "latest"), new string(' ', 1_000_000) + image.Digest);

        Assert.Equal(ErrorCode.TagLinkEmpty, (await ErrorOfTagAsync("a", "latest")).Code);
    }

    [Fact]
    public async Task A_tag_without_current_link_is_an_error()
    {
        Tree.AddImage("a", "latest", "layer");
        Directory.Delete(Path.GetDirectoryName(Tree.TagLinkPath("a", "latest"))!, recursive: true);

        Assert.Equal(ErrorCode.TagLinkInvalid, (await ErrorOfTagAsync("a", "latest")).Code);
    }

    [Fact]
    public async Task A_tag_without_revision_is_an_error_though_its_manifest_is_there()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        File.Delete(Tree.RevisionLinkPath("a", image.Digest));

        var error = await ErrorOfTagAsync("a", "latest");

        Assert.Equal(ErrorCode.RevisionMissing, error.Code);
        Assert.Equal(image.Digest, error.Digest);
        Assert.Equal(Tree.RevisionLinkPath("a", image.Digest), error.Path);
    }

    [Fact]
    public async Task An_empty_revision_link_is_an_error_as_a_registry_has_it()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        StorageTreeBuilder.WriteLink(Tree.RevisionLinkPath("a", image.Digest), "");

        var error = await ErrorOfTagAsync("a", "latest");

        Assert.Equal(ErrorCode.RevisionMissing, error.Code);
        Assert.Contains("empty", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.RevisionMissing, Assert.Single(await ImagesAsync("a", untagged: true), listed => listed.Tag is null).Error?.Code);
    }

    [Fact]
    public async Task Untagged_revisions_are_listed_only_on_request()
    {
        var old = Tree.AddImage("a", "latest", "old");
        var image = Tree.AddImage("a", "latest", "new");

        Assert.Single(await ImagesAsync("a"));
        var all = await ImagesAsync("a", untagged: true);
        Assert.Equal([image.Digest, old.Digest], all.Select(listed => listed.Digest!.Value));
        Assert.Equal(["latest", old.Digest.ToString()], all.Select(listed => listed.Name));
        Assert.Null(all[1].Tag);
    }

    [Fact]
    public async Task Sha512_revisions_are_listed_too()
    {
        var digest = Digest.Parse("sha512:" + new string('a', 128));
        Tree.LinkRevision("a", digest);

        Assert.Equal(digest, Assert.Single(await ImagesAsync("a", untagged: true)).Digest);
    }

    [Fact]
    public async Task The_litter_of_old_and_crashed_registries_is_no_revision()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        var revision = Path.GetDirectoryName(Tree.RevisionLinkPath("a", image.Digest))!;
        StorageTreeBuilder.WriteLink(Path.Join(revision, "signatures", "sha256", new string('b', 64), "link"), "sha256:" + new string('b', 64));
        StorageTreeBuilder.WriteLink(Path.Join(revision, "link.7d1a1b7c-54e4-4a9a-8f5f-2d1f6a5a5c53.tmp"), "");
        Directory.CreateDirectory(Path.Join(Path.GetDirectoryName(revision), new string('c', 64)));
        StorageTreeBuilder.WriteLink(Path.Join(Tree.RepositoryFolder("a"), "_layers", "tarsum.v1+sha256", new string('d', 64), "link"), "");
        Directory.CreateDirectory(Path.Join(Tree.RepositoryFolder("a"), "_uploads", "6a4b58e3-75bb-4f0d-a1a7-6e86d7ebd7ff"));

        Assert.Equal([image.Digest], (await ImagesAsync("a", untagged: true)).Select(listed => listed.Digest!.Value));
    }

    [Fact]
    public async Task A_revision_folder_that_is_no_digest_is_reported()
    {
        StorageTreeBuilder.WriteLink(Path.Join(Tree.RepositoryFolder("a"), "_manifests", "revisions", "sha256", "abc", "link"), "");

        var listed = Assert.Single(await ImagesAsync("a", untagged: true));

        Assert.Equal("sha256:abc", listed.Name);
        Assert.Equal(ErrorCode.RevisionMissing, listed.Error?.Code);
    }
}

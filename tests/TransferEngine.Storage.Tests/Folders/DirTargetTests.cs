using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

public sealed class DirTargetTests : FolderTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Tag V1 = Tag.Parse("v1");

    public static TheoryData<bool, LinkMode> Ways => new() { { true, LinkMode.Auto }, { true, LinkMode.Hard }, { true, LinkMode.Copy }, { false, LinkMode.Auto } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_whole_tree_comes_back_from_its_folders_with_equal_digests(bool byLink, LinkMode mode)
    {
        var tree = SampleTree.Build(Outside("tree"), new SampleTreeOptions { Repositories = 14, TaggedImages = 90 });
        await using var target = DirTarget.Create(Root, mode);
        var copier = new Copier(RegistryTreeSource.Open(tree.Root), target, byLink);
        await copier.CopyAllAsync(untagged: true);
        await target.CompleteAsync(CancellationToken.None);

        Assert.Equal(byLink, copier.Uploaded == 0);
        Assert.Equal(
            tree.Tagged.Select(image => $"{image.Name} {image.Manifest.Digest}").Order(StringComparer.Ordinal),
            (await DigestsAsync(untagged: false)).Where(image => !image.Contains('@', StringComparison.Ordinal)));
        Assert.Equal(
            tree.Tagged.Concat(tree.Untagged).Select(image => $"{image.Name} {image.Manifest.Digest}").Order(StringComparer.Ordinal),
            (await DigestsAsync(untagged: true)).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(At(".transfer-engine")));
        var builder = new StorageTreeBuilder(tree.Root);
        foreach (var blob in tree.Blobs.Keys)
            foreach (var file in Directory.GetFiles(Root, blob.Hex, SearchOption.AllDirectories))
                Assert.Equal(await File.ReadAllBytesAsync(builder.BlobPath(blob)), await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task Blobs_are_hard_links_to_the_source_and_between_the_folders()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage("team/app", "v1", "shared");
        tree.AddImage("other", "v1", "shared");
        await CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Auto);
        var blob = Digest.OfSha256("shared"u8);
        var inodes = await Inodes.OfAsync(tree.BlobPath(blob), At("team", "app:v1", blob.Hex), At("other:v1", blob.Hex));
        Assert.Single(inodes.Distinct());
    }

    [Fact]
    public async Task Copies_are_told_to_share_with_each_other_only()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage("a", "1", "shared");
        tree.AddImage("b", "1", "shared");
        await CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Copy);
        var blob = Digest.OfSha256("shared"u8);
        var inodes = await Inodes.OfAsync(tree.BlobPath(blob), At("a:1", blob.Hex), At("b:1", blob.Hex));
        Assert.Equal(inodes[1], inodes[2]);
        Assert.NotEqual(inodes[0], inodes[1]);
    }

    [Fact]
    public async Task Blobs_by_sha512_keep_their_names()
    {
        var source = Outside("forest-by-sha512");
        var folder = Path.Join(source, "app:v1");
        var (config, layer) = (ImageFolderBuilder.AddBlob(folder, "{}"), ImageFolderBuilder.AddBlob(folder, "layer", bySha512: true));
        var digest = ImageFolderBuilder.AddManifest(folder, ManifestWriter.Image(new ImageSpec(config, [layer])));
        await CopyAsync(DirSource.Open(source), LinkMode.Auto);
        Assert.Equal([$"app:v1 {digest}"], await DigestsAsync(untagged: false));
        Assert.Equal("layer", await File.ReadAllTextAsync(At("app:v1", layer.Digest.Hex)));
    }

    [Fact]
    public async Task A_tag_that_is_put_again_takes_the_place_of_the_old_folder_and_its_blobs_stay_known()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage("team/app", "v1", "old", "shared");
        await CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Auto);
        var digest = tree.AddImage("team/app", "v1", "new", "shared").Digest;

        await using var target = DirTarget.Create(Root);
        Assert.Equal(6, await target.HeadBlobAsync(App, Digest.OfSha256("shared"u8), CancellationToken.None));
        await using var source = RegistryTreeSource.Open(tree.Root);
        var manifest = await source.ReadManifestAsync(App, digest, CancellationToken.None);
        var copier = new Copier(source, target);
        foreach (var blob in manifest.Blobs.Where(blob => blob.Digest != Digest.OfSha256("shared"u8)))
            await copier.PutBlobAsync(App, blob);
        await target.PutManifestAsync(App, V1, manifest, CancellationToken.None);
        await target.CompleteAsync(CancellationToken.None);
        Assert.Equal(manifest.Blobs.Select(blob => blob.Digest.Hex).Concat(["manifest.json", "version"]).Order(), Directory.GetFiles(At("team", "app:v1")).Select(Path.GetFileName).Order());
        Assert.Equal(digest, await target.HeadManifestAsync(App, V1, CancellationToken.None));
    }

    [Fact]
    public async Task Many_tags_that_move_in_one_repository_cost_as_much_as_there_are()
    {
        const int Tags = 250;
        var tree = new StorageTreeBuilder(Outside("tree"));
        for (var i = 0; i < Tags; i++)
            tree.AddImage("team/app", $"v{i}", "shared", $"old {i}");
        await CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Auto);
        for (var i = 0; i < Tags; i++)
            tree.AddImage("team/app", $"v{i}", "shared", $"new {i}");
        await using var source = RegistryTreeSource.Open(tree.Root);
        var images = await ImagesAsync(source, "team/app");
        await using var target = DirTarget.Create(Root);
        var copier = new Copier(source, target);
        await copier.CopyAsync(App, images[0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var image in images.Skip(1).Take(Tags / 10))
            await copier.CopyAsync(App, image);
        var few = GC.GetAllocatedBytesForCurrentThread() - before;
        foreach (var image in images.Skip(1 + (Tags / 10)))
            await copier.CopyAsync(App, image);
        // Were all folders read again for each, the rest would take as much for each as the first few did together.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before - few) / (Tags - 1 - (Tags / 10)), 1, few / 5);
        await target.CompleteAsync(default);
        Assert.Equal(images.Select(image => image.Digest).Order(), (await ImagesAsync(DirSource.Open(Root), "team/app")).Select(image => image.Digest).Order());
    }

    [Fact]
    public async Task What_is_no_image_is_not_overwritten()
    {
        Directory.CreateDirectory(At("team", "app:v1"));
        await File.WriteAllTextAsync(At("team", "app:v1", "thesis"), "years of work");
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage("team/app", "v1", "layer");
        var failure = await Assert.ThrowsAsync<TransferException>(() => CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Auto));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Image), (failure.Error.Code, failure.Error.Scope));
        Assert.Equal("years of work", await File.ReadAllTextAsync(At("team", "app:v1", "thesis")));
    }

    [Fact]
    public async Task A_file_or_an_image_is_no_root()
    {
        await File.WriteAllTextAsync(At("file"), "");
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        foreach (var path in new[] { At("file"), At("app:v1") })
            Assert.Equal(ErrorScope.Endpoint, (await Assert.ThrowsAsync<TransferException>(() => DirTarget.Create(path).CheckAsync(CancellationToken.None))).Error.Scope);
    }

    [Fact]
    public async Task A_name_too_long_for_the_file_system_is_an_error_of_that_image()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage(new string('a', 200), new string('t', 100), "layer");
        var failure = await Assert.ThrowsAsync<TransferException>(() => CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Auto));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Image), (failure.Error.Code, failure.Error.Scope));
    }

    private async Task CopyAsync(IImageSource source, LinkMode mode)
    {
        await using var target = DirTarget.Create(Root, mode);
        await new Copier(source, target).CopyAllAsync();
        await target.CompleteAsync(CancellationToken.None);
    }
}

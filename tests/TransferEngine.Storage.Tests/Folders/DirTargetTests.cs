using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Files;
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
        Assert.Equal(tree.Tagged.Select(image => $"{image.Name} {image.Manifest.Digest}").Order(StringComparer.Ordinal), await DigestsAsync(untagged: false));
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
    public async Task A_run_that_ended_early_is_gone_on_with()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        var child = tree.AddImage("team/app", null, "layer");
        var index = tree.AddIndex("team/app", "v1", [child]);
        await using var source = RegistryTreeSource.Open(tree.Root);
        await using (var first = DirTarget.Create(Root))
        {
            Assert.Null(await first.ListTagsAsync(App, CancellationToken.None));
            var copier = new Copier(source, first);
            foreach (var blob in (await source.ReadManifestAsync(App, child.Digest, CancellationToken.None)).Blobs)
                await copier.PutBlobAsync(App, blob);
            await first.PutManifestAsync(App, child.Digest, await source.ReadManifestAsync(App, child.Digest, CancellationToken.None), CancellationToken.None);
            // An upload that breaks off leaves nothing that could be taken for a blob.
            await first.StartUploadAsync(App, CancellationToken.None);
        }
        await using var second = DirTarget.Create(Root);
        Assert.Empty((await second.ListTagsAsync(App, CancellationToken.None))!);
        Assert.Equal(child.Digest, await second.HeadManifestAsync(App, child.Digest, CancellationToken.None));
        Assert.Equal(5, await second.HeadBlobAsync(App, Digest.OfSha256("layer"u8), CancellationToken.None));
        await second.PutManifestAsync(App, V1, await source.ReadManifestAsync(App, index.Digest, CancellationToken.None), CancellationToken.None);
        await second.CompleteAsync(CancellationToken.None);
        Assert.Equal([At("team")], Directory.GetFileSystemEntries(Root));
        Assert.Equal([$"team/app:v1 {index.Digest}"], await DigestsAsync(untagged: true));
        Assert.Equal(4, Directory.GetFiles(At("team", "app:v1")).Length - 1);
    }

    [Fact]
    public async Task Two_runs_do_not_write_into_one_folder()
    {
        await using var first = DirTarget.Create(Root);
        await first.StartUploadAsync(App, CancellationToken.None);
        await using var second = DirTarget.Create(Root);
        var error = (await Assert.ThrowsAsync<TransferException>(() => second.StartUploadAsync(App, CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.JobBusy, ErrorScope.Endpoint), (error.Code, error.Scope));
    }

    [Fact]
    public async Task Asking_makes_nothing()
    {
        await using var target = DirTarget.Create(At("new"));
        await target.CheckAsync(CancellationToken.None);
        Assert.Null(await target.ListTagsAsync(App, CancellationToken.None));
        Assert.Null(await target.HeadManifestAsync(App, V1, CancellationToken.None));
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256("x"u8), CancellationToken.None));
        await target.CompleteAsync(CancellationToken.None);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task An_upload_that_lies_is_refused_and_can_be_taken_up_where_it_broke()
    {
        await using var target = DirTarget.Create(Root);
        var blob = new Descriptor("", Digest.OfSha256("content"u8), 7);
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        Assert.Equal(ErrorCode.BlobDigestMismatch, (await PutFailsAsync(target, session, blob, "CONTENT"u8.ToArray())).Code);
        Assert.Equal(ErrorCode.BlobSizeMismatch, (await PutFailsAsync(target, session, blob, "cont"u8.ToArray())).Code);
        Assert.Null(await target.HeadBlobAsync(App, blob.Digest, CancellationToken.None));
        var found = await target.FindUploadAsync(session, CancellationToken.None);
        Assert.Equal(4, found!.Offset);
        await target.PutBlobAsync(found, blob, PipeReader.Create(new MemoryStream("ent"u8.ToArray())), CancellationToken.None);
        Assert.Equal(7, await target.HeadBlobAsync(App, blob.Digest, CancellationToken.None));
        Assert.Null(await target.FindUploadAsync(session, CancellationToken.None));
    }

    [Fact]
    public async Task A_manifest_whose_blobs_never_came_is_refused_and_leaves_nothing()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        var digest = tree.AddImage("team/app", "v1", "layer").Digest;
        await using var target = DirTarget.Create(Root);
        var manifest = await RegistryTreeSource.Open(tree.Root).ReadManifestAsync(App, digest, CancellationToken.None);
        Assert.Equal(ErrorCode.TargetBlobUnknown, (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, V1, manifest, CancellationToken.None))).Error.Code);
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, manifest.Blobs[0].Digest, RepositoryName.Parse("other"), CancellationToken.None));
        await target.PutManifestAsync(App, digest, manifest, CancellationToken.None);
        await target.CompleteAsync(CancellationToken.None);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
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

    private async Task<List<string>> DigestsAsync(bool untagged)
    {
        var (source, found) = (DirSource.Open(Root), new List<string>());
        foreach (var repository in await RepositoriesAsync(source))
            found.AddRange((await ImagesAsync(source, repository.Name, untagged)).Select(image =>
                $"{repository.Name}{(image.Tag is null ? '@' : ':')}{image.Name} {image.Digest}"));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static async Task<TransferError> PutFailsAsync(DirTarget target, UploadSession session, Descriptor blob, byte[] content) =>
        (await Assert.ThrowsAsync<TransferException>(() => target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(content)), CancellationToken.None))).Error;
}

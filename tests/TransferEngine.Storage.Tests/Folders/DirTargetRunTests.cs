using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Runs into image folders that end early, are gone on with or lie.</summary>
public sealed class DirTargetRunTests : FolderTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Tag V1 = Tag.Parse("v1");

    [Theory]
    [InlineData("CONTENT", ErrorCode.BlobDigestMismatch)]
    [InlineData("cont", ErrorCode.BlobSizeMismatch)]
    [InlineData("content and more", ErrorCode.BlobSizeMismatch)]
    public async Task An_upload_that_lies_is_refused_and_nothing_of_it_is_gone_on_with(string content, string code)
    {
        await using var target = DirTarget.Create(Root);
        var blob = new Descriptor("", Digest.OfSha256("content"u8), 7);
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(content))), default))).Error;
        Assert.Equal((code, ErrorScope.Blob), (error.Code, error.Scope));
        Assert.Null(await target.HeadBlobAsync(App, blob.Digest, CancellationToken.None));
        Assert.Null(await target.FindUploadAsync(session, CancellationToken.None));
        Assert.Empty(Directory.GetFiles(At(".transfer-engine", "work")));
    }

    [Fact]
    public async Task An_upload_that_broke_off_is_taken_up_where_it_broke()
    {
        await using var target = DirTarget.Create(Root);
        var blob = new Descriptor("", Digest.OfSha256("content"u8), 7);
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        // Full at once, so that it is known when the target has taken what is in it.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 2, resumeWriterThreshold: 1));
        var put = target.PutBlobAsync(session, blob, pipe.Reader, default);
        await pipe.Writer.WriteAsync("cont"u8.ToArray());
        await pipe.Writer.CompleteAsync(new IOException("the source's disk"));
        Assert.Equal("the source's disk", (await Assert.ThrowsAsync<IOException>(() => put)).Message);
        var found = await target.FindUploadAsync(session, CancellationToken.None);
        Assert.Equal(4, found!.Offset);
        await target.PutBlobAsync(found, blob, PipeReader.Create(new MemoryStream("ent"u8.ToArray())), CancellationToken.None);
        Assert.Equal(7, await target.HeadBlobAsync(App, blob.Digest, CancellationToken.None));
        Assert.Null(await target.FindUploadAsync(session, CancellationToken.None));
    }

    [Fact]
    public async Task A_manifest_whose_blobs_never_came_is_refused_by_tag_and_by_digest_and_leaves_nothing()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        var digest = tree.AddImage("team/app", "v1", "layer").Digest;
        await using var target = DirTarget.Create(Root);
        var manifest = await RegistryTreeSource.Open(tree.Root).ReadManifestAsync(App, digest, CancellationToken.None);
        foreach (var reference in new Reference[] { V1, digest })
            Assert.Equal(ErrorCode.TargetBlobUnknown, (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, reference, manifest, CancellationToken.None))).Error.Code);
        Assert.Null(await target.HeadManifestAsync(App, digest, CancellationToken.None));
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, manifest.Blobs[0].Digest, RepositoryName.Parse("other"), CancellationToken.None));
        await target.CompleteAsync(CancellationToken.None);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task A_completion_that_is_cancelled_leaves_all_to_the_next_run()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        var digest = tree.AddImage("team/app", null, "layer").Digest;
        await using (var target = DirTarget.Create(Root))
        {
            await new Copier(RegistryTreeSource.Open(tree.Root), target).CopyAllAsync(untagged: true);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.CompleteAsync(new CancellationToken(canceled: true)));
            Assert.Contains(target.Notes, note => note.Contains(At(".transfer-engine"), StringComparison.Ordinal));
        }
        await using var next = DirTarget.Create(Root);
        Assert.Equal(digest, await next.HeadManifestAsync(App, digest, default));
        await next.CompleteAsync(default);
        Assert.Equal([$"team/app@{digest} {digest}"], await DigestsAsync(untagged: true));
    }

    [Fact]
    public async Task What_the_folders_hold_is_read_back_from_them_in_a_later_run()
    {
        var tree = new StorageTreeBuilder(Outside("tree"));
        tree.AddImage("team/app", "v1", "layer");
        await CopyAsync(RegistryTreeSource.Open(tree.Root), LinkMode.Copy);
        await using var target = DirTarget.Create(Root);
        var file = await target.FindFileAsync(App, Digest.OfSha256("layer"u8), default);
        Assert.Equal((At("team", "app:v1", Digest.OfSha256("layer"u8).Hex), 5L), (file!.Path, file.Length));
        Assert.NotNull(file.Stamp);
        using var content = new StreamReader(await target.ReadBackAsync(App, Digest.OfSha256("layer"u8), default) ?? Stream.Null);
        Assert.Equal("layer", await content.ReadToEndAsync());
        Assert.Empty(target.Notes);
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
    public async Task Two_runs_do_not_write_into_one_folder()
    {
        await using var first = DirTarget.Create(Root);
        await first.StartUploadAsync(App, CancellationToken.None);
        await using var second = DirTarget.Create(Root);
        var error = (await Assert.ThrowsAsync<TransferException>(() => second.StartUploadAsync(App, CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.JobBusy, ErrorScope.Endpoint), (error.Code, error.Scope));
    }

    private async Task CopyAsync(IImageSource source, LinkMode mode)
    {
        await using var target = DirTarget.Create(Root, mode);
        await new Copier(source, target).CopyAllAsync();
        await target.CompleteAsync(CancellationToken.None);
    }
}

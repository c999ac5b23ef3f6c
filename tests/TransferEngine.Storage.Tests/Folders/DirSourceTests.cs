using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

public sealed class DirSourceTests : FolderTest
{
    [Fact]
    public async Task Folders_of_any_depth_are_images_named_by_their_path()
    {
        foreach (var folder in new[] { "app:v1", "app:v2", "team/app:v1", "team/app/deeper/still:x", "a-b:1", "a:1", "a/b:1" })
            ImageFolderBuilder.AddImage(At(folder), folder);
        // As a walk finds them: a repository, then those below it.
        Assert.Equal(["a:1", "a/b:1", "a-b:1", "app:v1", "app:v2", "team/app:v1", "team/app/deeper/still:x"], await NamesAsync(DirSource.Open(Root)));
    }

    [Fact]
    public async Task A_folder_without_a_tag_is_latest()
    {
        ImageFolderBuilder.AddImage(At("team", "app"), "layer");
        Assert.Equal(["team/app:latest"], await NamesAsync(DirSource.Open(Root)));
    }

    [Theory]
    [InlineData("app:v1", "app:v1")]
    [InlineData("app", "app:latest")]
    [InlineData("my-app.x:1.0_rc", "my-app.x:1.0_rc")]
    public async Task One_image_is_named_after_its_folder(string folder, string expected)
    {
        var digest = ImageFolderBuilder.AddImage(At(folder), "layer");
        var source = DirSource.Open(At(folder) + "/");
        Assert.Equal([expected], await NamesAsync(source));
        Assert.Equal(digest, (await ImagesAsync(source, expected[..expected.IndexOf(':', StringComparison.Ordinal)])).Single().Digest);
        Assert.Equal($"dir:{At(folder)}", source.Endpoint);
    }

    [Fact]
    public void One_image_whose_folder_has_no_usable_name_is_refused()
    {
        ImageFolderBuilder.AddImage(At("My App"), "layer");
        var error = Assert.Throws<TransferException>(() => DirSource.Open(At("My App"))).Error;
        Assert.Equal((ErrorCode.RepositoryNameInvalid, ErrorScope.Endpoint), (error.Code, error.Scope));
    }

    [Fact]
    public async Task A_folder_named_by_digest_is_an_image_without_a_tag_that_nobody_has_to_ask_for()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "tagged");
        var digest = AddByDigest("app", "pinned");
        AddByDigest("app", "tagged", At("app:v1"));
        var source = DirSource.Open(Root);
        Assert.Equal(["app:v1", $"app:{digest}"], await NamesAsync(source));
        Assert.Equal(["app:v1", $"app:{digest}"], await NamesAsync(source, untagged: true));
        Assert.Equal(digest, (await source.FindImageAsync(RepositoryName.Parse("app"), digest, CancellationToken.None))?.Digest);
    }

    [Fact]
    public async Task A_folder_named_by_digest_that_refers_to_another_image_comes_along_with_that()
    {
        var subject = ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        var descriptor = new Descriptor("", subject, new FileInfo(At("app:v1", "manifest.json")).Length);
        var signature = AddReferrer("app", descriptor);
        var other = AddReferrer("else", descriptor);
        var source = DirSource.Open(Root);
        Assert.Equal(["app:v1", $"else:{other}"], await NamesAsync(source));
        Assert.Equal(["app:v1", $"app:{signature}", $"else:{other}"], await NamesAsync(source, untagged: true));
        Assert.Equal([signature], await source.ListReferrersAsync(RepositoryName.Parse("app"), subject, CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task One_folder_named_by_digest_is_an_image()
    {
        var digest = AddByDigest("web", "pinned");
        Assert.Equal([$"web:{digest}"], await NamesAsync(DirSource.Open(At($"web@{digest}"))));
    }

    [Fact]
    public async Task Hidden_folders_and_files_are_passed_over()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        ImageFolderBuilder.AddImage(At(".transfer-engine", "app:v1"), "layer");
        await File.WriteAllTextAsync(At("notes:1"), "a file");
        Directory.CreateDirectory(At("empty"));
        Assert.Equal(["app:v1"], await NamesAsync(DirSource.Open(Root)));
    }

    [Fact]
    public async Task Two_folders_for_one_tag_are_an_error_of_the_second()
    {
        ImageFolderBuilder.AddImage(At("app"), "one");
        ImageFolderBuilder.AddImage(At("app:latest"), "another");
        var images = await ImagesAsync(DirSource.Open(Root), "app");
        Assert.Equal([null, ErrorCode.TagInvalid], images.Select(image => image.Error?.Code));
    }

    [Fact]
    public async Task Two_folders_for_one_tag_with_the_same_image_are_one()
    {
        var digest = ImageFolderBuilder.AddImage(At("app"), "one");
        CopyFolder(At("app"), At("app:latest"));
        Assert.Equal(digest, Assert.Single(await ImagesAsync(DirSource.Open(Root), "app")).Digest);
    }

    [Fact]
    public async Task A_host_with_a_port_that_skopeo_sync_put_in_front_is_left_out_and_told()
    {
        ImageFolderBuilder.AddImage(At("localhost:5000", "team", "app:v1"), "layer");
        var source = DirSource.Open(Root);
        Assert.Equal(["team/app:v1"], await NamesAsync(source));
        Assert.Contains("localhost:5000", Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_port_stays_in_the_names_and_is_told()
    {
        ImageFolderBuilder.AddImage(At("registry.example.com", "team", "app:v1"), "layer");
        var source = DirSource.Open(Root);
        Assert.Equal(["registry.example.com/team/app:v1"], await NamesAsync(source));
        Assert.Contains($"dir:{At("registry.example.com")}", Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_whose_copy_was_never_finished_is_an_error_of_that_image_only()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        Directory.CreateDirectory(At("app:v2"));
        ImageFolderBuilder.AddImage(At("app:v3"), "layer");
        Assert.Equal([null, ErrorCode.ManifestMissing, null], (await ImagesAsync(DirSource.Open(Root), "app")).Select(image => image.Error?.Code));
    }

    [Fact]
    public async Task An_index_and_its_members_are_read_with_their_blobs()
    {
        var (index, children) = ImageFolderBuilder.AddIndex(At("app:v1"), "amd64 layer", "arm64 layer");
        var (source, app) = (DirSource.Open(Root), RepositoryName.Parse("app"));
        Assert.Equal(index, Assert.Single(await ImagesAsync(source, "app")).Digest);
        Assert.True((await source.ReadManifestAsync(app, index, CancellationToken.None)).IsIndex);
        foreach (var child in children)
            foreach (var blob in (await source.ReadManifestAsync(app, child, CancellationToken.None)).Blobs)
                Assert.Equal(blob.Size, await source.FindBlobAsync(app, blob.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task A_blob_by_sha512_is_found_by_its_bare_digits()
    {
        var blob = ImageFolderBuilder.AddBlob(At("app:v1"), "layer", bySha512: true);
        var config = ImageFolderBuilder.AddBlob(At("app:v1"), "{}");
        ImageFolderBuilder.AddManifest(At("app:v1"), ManifestWriter.Image(new ImageSpec(config, [blob])));
        var file = await DirSource.Open(Root).FindFileAsync(RepositoryName.Parse("app"), blob.Digest, CancellationToken.None);
        Assert.Equal((At("app:v1", blob.Digest.Hex), 5L), (file!.Path, file.Length));
        Assert.NotNull(file.Stamp);
    }

    [Fact]
    public async Task A_blob_that_one_folder_lost_is_taken_from_another_of_the_repository()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "shared");
        ImageFolderBuilder.AddImage(At("app:v2"), "shared");
        var blob = Digest.OfSha256("shared"u8);
        File.Delete(At("app:v1", blob.Hex));
        Assert.Equal(6, await DirSource.Open(Root).FindBlobAsync(RepositoryName.Parse("app"), blob, CancellationToken.None));
        File.Delete(At("app:v2", blob.Hex));
        Assert.Null(await DirSource.Open(Root).FindBlobAsync(RepositoryName.Parse("app"), blob, CancellationToken.None));
        var error = await FailsAsync(() => DirSource.Open(Root).OpenBlobAsync(RepositoryName.Parse("app"), blob, 0, CancellationToken.None));
        Assert.Equal((ErrorCode.BlobMissing, ErrorScope.Blob), (error.Code, error.Scope));
    }

    [Fact]
    public void What_is_no_folder_of_images_says_what_was_looked_for()
    {
        Directory.CreateDirectory(At("a", "b", "c"));
        File.WriteAllText(Outside("file"), "");
        Assert.Contains("manifest.json", NotFound(Root).Message, StringComparison.Ordinal);
        Assert.Contains("file", NotFound(Outside("file")).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", NotFound(At("nowhere")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_search_for_a_first_image_ends()
    {
        for (var i = 0; i < 10; i++)
            Directory.CreateDirectory(At($"empty-{i}"));
        ImageFolderBuilder.AddImage(At("z:1"), "layer");
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<TransferException>(() => DirSource.Open(Root, new DirOptions { ProbeFolders = 5 })).Error.Code);
        DirSource.Open(Root, new DirOptions { ProbeFolders = 50 });
    }

    private static TransferError NotFound(string path)
    {
        var error = Assert.Throws<TransferException>(() => DirSource.Open(path)).Error;
        Assert.Equal((ErrorCode.SourceNotFound, ErrorScope.Endpoint), (error.Code, error.Scope));
        return error;
    }

    private Digest AddByDigest(string repository, string layer, string? copyOf = null)
    {
        var folder = At("new");
        if (copyOf is not null)
            CopyFolder(copyOf, folder);
        else
            ImageFolderBuilder.AddImage(folder, layer);
        var digest = Digest.OfSha256(File.ReadAllBytes(Path.Join(folder, "manifest.json")));
        Directory.Move(folder, At($"{repository}@{digest}"));
        return digest;
    }

    private Digest AddReferrer(string repository, Descriptor subject)
    {
        var manifest = ManifestWriter.Image(ImageFolderBuilder.NewSpec(At("signature"), "signed " + repository) with { Subject = subject });
        var digest = ImageFolderBuilder.AddManifest(At("signature"), manifest);
        Directory.Move(At("signature"), At($"{repository}@{digest}"));
        return digest;
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Join(to, Path.GetFileName(file)));
    }
}

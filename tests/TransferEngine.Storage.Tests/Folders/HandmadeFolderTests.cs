using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Forests that scripts and loops made, not one run of skopeo.</summary>
public sealed class HandmadeFolderTests : FolderTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    [Theory]
    [InlineData("{0}")]
    [InlineData("sha256:{0}")]
    [InlineData("sha256-{0}")]
    [InlineData("{0}.tar")]
    public async Task A_manifest_without_its_suffix_and_blobs_of_other_names_are_read(string name)
    {
        var digest = ImageFolderBuilder.AddImage(At("team", "app:v1"), "layer");
        ImageFolderBuilder.AddImage(At("alpine:3.10.4"), "other");
        foreach (var folder in new[] { At("team", "app:v1"), At("alpine:3.10.4") })
        {
            File.Move(Path.Join(folder, "manifest.json"), Path.Join(folder, "manifest"));
            File.Delete(Path.Join(folder, "version"));
            foreach (var blob in Directory.GetFiles(folder).Where(file => Path.GetFileName(file).Length == 64))
                File.Move(blob, Path.Join(folder, string.Format(null, name, Path.GetFileName(blob))));
        }
        var source = DirSource.Open(Root);
        Assert.Equal(["alpine:3.10.4", "team/app:v1"], await NamesAsync(source));
        foreach (var blob in (await source.ReadManifestAsync(App, digest, default)).Blobs)
        {
            Assert.Equal(blob.Size, await source.FindBlobAsync(App, blob.Digest, default));
            var file = await source.FindFileAsync(App, blob.Digest, default);
            Assert.Equal(blob.Digest, Digest.OfSha256(await File.ReadAllBytesAsync(file!.Path)));
        }
        Assert.Equal(["app:v1"], await NamesAsync(DirSource.Open(At("team", "app:v1"))));
    }

    [Theory]
    [InlineData("{0}.manifest")]
    [InlineData("{0}")]
    [InlineData("sha256:{0}")]
    public async Task Members_of_an_index_may_be_named_like_blobs(string name)
    {
        var (_, children) = ImageFolderBuilder.AddIndex(At("team", "app:v1"), "amd64", "arm64");
        foreach (var child in children)
            File.Move(At("team", "app:v1", child.Hex + ".manifest.json"), At("team", "app:v1", string.Format(null, name, child.Hex)));
        var source = DirSource.Open(Root);
        foreach (var child in children)
            foreach (var blob in (await source.ReadManifestAsync(App, child, default)).Blobs)
                Assert.NotNull(await source.FindBlobAsync(App, blob.Digest, default));
    }

    [Fact]
    public async Task A_file_or_folder_called_manifest_makes_no_image()
    {
        ImageFolderBuilder.AddImage(At("team", "manifest:v1"), "layer");
        ImageFolderBuilder.AddImage(At("team", "manifest", "app:v1"), "layer");
        await File.WriteAllTextAsync(At("team", "manifest", "manifest"), "what is here");
        Assert.Equal(["team/manifest:v1", "team/manifest/app:v1"], await NamesAsync(DirSource.Open(Root)));
    }

    [Fact]
    public async Task Images_in_folders_of_their_own_that_are_called_like_them_are_found()
    {
        foreach (var (repository, tag) in new[] { ("alpine", "3.10.4"), ("alpine", "3"), ("team/app", "v1"), ("nginx", "1.19") })
            ImageFolderBuilder.AddImage(At($"{repository}:{tag}", $"{repository.Split('/')[^1]}:{tag}"), repository + tag);
        ImageFolderBuilder.AddImage(At("team", "app:v2"), "not nested");
        var pinned = ImageFolderBuilder.AddImage(At("new"), "pinned");
        Directory.CreateDirectory(At($"web@{pinned}"));
        Directory.Move(At("new"), At($"web@{pinned}", $"web@{pinned}"));
        var source = DirSource.Open(Root);
        Assert.Equal(
            ["alpine:3", "alpine:3.10.4", "nginx:1.19", "team/app:v1", "team/app:v2", $"web:{pinned}"],
            (await NamesAsync(source)).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await ImagesAsync(source, "team/app")).Count);
        Assert.Contains(source.Notes, note => note.Contains("5 folders are called like an image", StringComparison.Ordinal));
        Assert.DoesNotContain(source.Notes, note => note.Contains("host", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scoped_sync_into_a_folder_of_its_own_keeps_the_names_below_the_host()
    {
        ImageFolderBuilder.AddImage(At("alpine:3.10.4", "quay.io", "library", "alpine:3.10.4"), "layer");
        ImageFolderBuilder.AddImage(At("app:v1", "registry:5000", "team", "app:v1"), "layer");
        Assert.Equal(["quay.io/library/alpine:3.10.4", "team/app:v1"], await NamesAsync(DirSource.Open(Root)));
    }

    [Fact]
    public async Task A_folder_called_like_an_image_with_nothing_in_it_stays_an_image_that_was_never_finished()
    {
        Directory.CreateDirectory(At("app:v1", "app:v1"));
        Directory.CreateDirectory(At("other:v1", "some", "folders"));
        ImageFolderBuilder.AddImage(At("app:v2"), "layer");
        Assert.Equal([ErrorCode.ManifestMissing, null], (await ImagesAsync(DirSource.Open(Root), "app")).Select(image => image.Error?.Code));
        Assert.Equal([ErrorCode.ManifestMissing], (await ImagesAsync(DirSource.Open(Root), "other")).Select(image => image.Error?.Code));
    }

    [Fact]
    public async Task Several_hosts_are_left_out_of_the_names_and_told()
    {
        ImageFolderBuilder.AddImage(At("a.example:5000", "team", "app:v1"), "one");
        ImageFolderBuilder.AddImage(At("b:80", "team", "app:v2"), "two");
        ImageFolderBuilder.AddImage(At("b:80", "same:v1"), "three");
        var copy = At("a.example:5000", "same:v1");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(At("b:80", "same:v1")))
            File.Copy(file, Path.Join(copy, Path.GetFileName(file)));
        var source = DirSource.Open(Root);
        Assert.Equal(["same:v1", "team/app:v1", "team/app:v2"], await NamesAsync(source));
        Assert.Equal(2, source.Notes.Count(note => note.Contains("taken for a registry's host", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_hosts_with_different_images_of_one_name_are_told_before_anything_is_listed()
    {
        ImageFolderBuilder.AddImage(At("first:1"), "layer");
        ImageFolderBuilder.AddImage(At("a.example:5000", "team", "app:v1"), "one");
        ImageFolderBuilder.AddImage(At("b.example:80", "team", "app:v1"), "two");
        var error = (await Assert.ThrowsAsync<TransferException>(() => RepositoriesAsync(DirSource.Open(Root)))).Error;
        Assert.Equal((ErrorCode.MappingCollision, ErrorScope.Endpoint), (error.Code, error.Scope));
        foreach (var named in new[] { "a.example:5000", "b.example:80", "team/app:v1" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains($"dir:{At("a.example:5000")}", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_systems_leave_is_no_image_and_one_note()
    {
        ImageFolderBuilder.AddImage(At("team", "app:v1"), "layer");
        foreach (var folder in new[] { Root, At("team"), At("team", "app:v1") })
        {
            foreach (var litter in new[] { "@eaDir", "lost+found", "#recycle", "$RECYCLE.BIN", "System Volume Information", ".snapshot" })
                Directory.CreateDirectory(Path.Join(folder, litter, "below"));
            await File.WriteAllTextAsync(Path.Join(folder, ".DS_Store"), "");
            await File.WriteAllTextAsync(Path.Join(folder, "@eaDir", "app:v2"), "");
        }
        var source = DirSource.Open(Root);
        Assert.Equal(["team/app:v1"], await NamesAsync(source, untagged: true));
        Assert.Contains("10 folders", Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sizes_that_one_of_many_manifests_states_wrongly_do_not_hide_a_blob()
    {
        const int Images = 300;
        var shared = ImageFolderBuilder.AddBlob(At("team", "app:v0"), "shared");
        for (var i = 0; i < Images; i++)
        {
            var folder = At("team", $"app:v{i}");
            var config = ImageFolderBuilder.AddBlob(folder, $"{{\"os\":\"{i}\"}}");
            ImageFolderBuilder.AddBlob(folder, "shared");
            ImageFolderBuilder.AddManifest(folder, ManifestWriter.Image(new ImageSpec(config, [i == 0 ? shared with { Size = 7 } : shared])));
        }
        File.Delete(At("team", "app:v1", shared.Digest.Hex));
        Assert.Equal(6, await DirSource.Open(Root).FindBlobAsync(App, shared.Digest, default));
    }
}

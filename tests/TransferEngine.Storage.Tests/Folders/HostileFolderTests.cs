using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Folders that came from somewhere and mean no good.</summary>
public sealed class HostileFolderTests : FolderTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("app");

    [Fact]
    public async Task A_link_out_of_the_root_is_refused_wherever_it_stands()
    {
        var blob = Digest.OfSha256("layer"u8);
        ImageFolderBuilder.AddImage(Outside("secret:1"), "layer");
        ImageFolderBuilder.AddImage(At("app:good"), "other");
        Directory.CreateSymbolicLink(At("folder"), Outside(""));
        Directory.CreateSymbolicLink(At("linked:1"), Outside("secret:1"));
        ImageFolderBuilder.AddImage(At("app:manifest"), "a");
        File.Delete(At("app:manifest", "manifest.json"));
        File.CreateSymbolicLink(At("app:manifest", "manifest.json"), Outside("secret:1/manifest.json"));
        ImageFolderBuilder.AddImage(At("blob:1"), "layer");
        File.Delete(At("blob:1", blob.Hex));
        File.CreateSymbolicLink(At("blob:1", blob.Hex), Path.Join("..", "..", "secret:1", blob.Hex));

        var source = DirSource.Open(Root);
        Assert.Equal(ErrorCode.SourceOutsideRoot, (await RepositoriesAsync(source)).Single(found => found.Name == "folder").Error?.Code);
        Assert.Equal(ErrorCode.SourceOutsideRoot, Assert.Single(await ImagesAsync(source, "linked")).Error?.Code);
        Assert.Equal([null, ErrorCode.SourceOutsideRoot], (await ImagesAsync(source, "app")).Select(image => image.Error?.Code));
        var name = RepositoryName.Parse("blob");
        Assert.Equal(ErrorCode.SourceOutsideRoot, (await FailsAsync(() => source.FindBlobAsync(name, blob, CancellationToken.None))).Code);
        Assert.Equal(ErrorCode.SourceOutsideRoot, (await FailsAsync(() => source.FindFileAsync(name, blob, CancellationToken.None))).Code);
    }

    [Fact]
    public async Task Links_within_the_root_are_followed_and_those_that_go_round_are_told()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        Directory.CreateSymbolicLink(At("app:v2"), "app:v1");
        Directory.CreateSymbolicLink(At("round"), ".");
        var source = DirSource.Open(Root);
        Assert.Equal([null, null], (await ImagesAsync(source, "app")).Select(image => image.Error));
        Assert.Equal(ErrorCode.SourceUnreadable, (await RepositoriesAsync(source)).Single(found => found.Name == "round").Error?.Code);
    }

    [Theory]
    [InlineData("App:v1")]
    [InlineData("..:v1")]
    [InlineData("a..b:v1")]
    [InlineData("app.:v1")]
    public async Task A_name_that_is_no_repository_is_an_error(string folder)
    {
        ImageFolderBuilder.AddImage(At("good:1"), "layer");
        ImageFolderBuilder.AddImage(At(folder), "layer");
        var bad = (await RepositoriesAsync(DirSource.Open(Root))).Where(repository => repository.Name != "good").ToList();
        // What starts with a dot is hidden.
        Assert.Equal(folder.StartsWith('.') ? [] : [ErrorCode.RepositoryNameInvalid], bad.Select(repository => repository.Error?.Code));
    }

    [Theory]
    [InlineData("app:v1:x")]
    [InlineData("app:..")]
    [InlineData("app:")]
    [InlineData("app:-x")]
    public async Task A_name_that_is_no_tag_is_an_error_of_that_image(string folder)
    {
        ImageFolderBuilder.AddImage(At(folder), "layer");
        Assert.Equal(ErrorCode.TagInvalid, (await ErrorOfAsync("app")).Code);
    }

    [Fact]
    public async Task A_folder_that_lies_about_its_digest_is_an_error()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        ImageFolderBuilder.AddImage(At($"app@{Digest.OfSha256("else"u8)}"), "layer");
        var images = await ImagesAsync(DirSource.Open(Root), "app", untagged: true);
        Assert.Equal([null, ErrorCode.ManifestDigestMismatch], images.Select(image => image.Error?.Code));
    }

    [Fact]
    public async Task A_member_that_lies_about_its_digest_is_told_when_it_is_read()
    {
        var (_, children) = ImageFolderBuilder.AddIndex(At("app:v1"), "one", "two");
        await File.WriteAllTextAsync(At("app:v1", children[0].Hex + ".manifest.json"), "{}");
        var source = DirSource.Open(Root);
        Assert.Equal(ErrorCode.ManifestDigestMismatch, (await FailsAsync(() => source.ReadManifestAsync(App, children[0], CancellationToken.None))).Code);
        Assert.Equal(children[1], (await source.ReadManifestAsync(App, children[1], CancellationToken.None)).Digest);
    }

    [Fact]
    public async Task A_manifest_of_five_gigabytes_is_not_read()
    {
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        using (var file = File.OpenHandle(At("app:v1", "manifest.json"), FileMode.Open, FileAccess.Write))
            RandomAccess.SetLength(file, 5L << 30);
        Assert.Equal(ErrorCode.ManifestTooLarge, (await ErrorOfAsync("app")).Code);
    }

    [Fact]
    public async Task A_manifest_that_lies_about_sizes_is_told_by_the_blobs()
    {
        var config = ImageFolderBuilder.AddBlob(At("app:v1"), "{}");
        var layer = ImageFolderBuilder.AddBlob(At("app:v1"), "layer");
        ImageFolderBuilder.AddManifest(At("app:v1"), ManifestWriter.Image(new ImageSpec(config, [layer with { Size = long.MaxValue }])));
        Assert.Equal(5, await DirSource.Open(Root).FindBlobAsync(App, layer.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task Files_among_the_images_cost_no_memory()
    {
        const int Files = 20_000;
        var name = new string('x', 200);
        ImageFolderBuilder.AddImage(At("app:v1"), "layer");
        for (var i = 0; i < Files; i++)
            File.OpenHandle(At(i % 4 == 0 ? "app:v1" : "", $"{name}-{i}"), FileMode.Create, FileAccess.Write).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        await NamesAsync(DirSource.Open(Root));
        // Their names alone would be twice as much.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, Files * name.Length);
    }

    [Fact]
    public void Whatever_is_in_a_folder_only_errors_that_the_program_knows_come_out()
    {
        var sound = ManifestWriter.Image(ImageFolderBuilder.NewSpec(At("app:sound"), "layer"));
        var manifests = Gen.OneOf(
            ArbMap.Default.GeneratorFor<byte[]>(),
            // A sound one with a few bytes changed goes deeper than noise.
            from changes in Gen.ListOf(Gen.Zip(Gen.Choose(0, sound.Length - 1), Gen.Choose(0, 255)))
            select changes.Aggregate((byte[])sound.Clone(), (bytes, change) =>
            {
                bytes[change.Item1] = (byte)change.Item2;
                return bytes;
            }));
        var names = from letters in Gen.NonEmptyListOf(Gen.Elements('a', 'B', '1', ':', '@', '.', '-', '_', ' ', 'é', '\n')) select new string([.. letters.Take(40)]);
        Prop.ForAll(Gen.Zip(names, manifests).ToArbitrary(), made => ReadsOrFails(made.Item1, made.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private bool ReadsOrFails(string name, byte[] manifest)
    {
        var folder = Outside(Guid.NewGuid().ToString("N"));
        ImageFolderBuilder.AddImage(Path.Join(folder, "good:1"), "layer");
        if (name.Trim('.').Length > 0)
            ImageFolderBuilder.AddManifest(Path.Join(folder, name), manifest);
        ReadAllAsync(folder).GetAwaiter().GetResult();
        Directory.Delete(folder, recursive: true);
        return true;
    }

    private static async Task ReadAllAsync(string folder)
    {
        var source = DirSource.Open(folder);
        foreach (var repository in await RepositoriesAsync(source))
        {
            if (repository.Repository is not { } name)
                continue;
            foreach (var image in await source.ListImagesAsync(name, untagged: true, CancellationToken.None).ToListAsync())
            {
                Assert.True(image.Digest is null != image.Error is null);
                if (image.Digest is not { } digest)
                    continue;
                foreach (var blob in (await source.ReadManifestAsync(name, digest, CancellationToken.None)).Blobs)
                    await source.FindFileAsync(name, blob.Digest, CancellationToken.None);
            }
        }
    }
}

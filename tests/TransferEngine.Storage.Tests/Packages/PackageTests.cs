using System.Formats.Tar;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.Packages;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Packages;

/// <summary>What a package holds, and that it is the same wherever it is made.</summary>
public sealed class PackageTests : PackageTest
{
    [Fact]
    public async Task It_holds_the_images_and_reads_as_a_source()
    {
        var first = Tree.AddImage("a/b", "1.0", "shared layer", "one");
        var second = Tree.AddImage("a/b/c", "2.0", "shared layer", "two");
        var index = Tree.AddIndex("a/b", "multi", [first]);
        var package = await PackAsync("release.tar");
        await package.CheckAsync(default);

        await using var source = package.OpenSource();
        Assert.Equal($"package:release.tar@{package.Id}", source.Endpoint);
        Assert.Equal(["a/b", "a/b/c"], await source.ListRepositoriesAsync(default).Select(repository => repository.Name).ToListAsync());
        var images = await source.ListImagesAsync(RepositoryName.Parse("a/b"), untagged: true, default).ToListAsync();
        Assert.Equal([("1.0", first.Digest), ("multi", index.Digest)], images.Select(image => (image.Name, image.Digest!.Value)));
        var manifest = await source.ReadManifestAsync(RepositoryName.Parse("a/b/c"), second.Digest, default);
        Assert.Equal("two", await TextAsync(source, "a/b/c", manifest.Blobs[^1].Digest));
    }

    [Fact]
    public async Task It_is_a_tar_of_a_storage_tree_that_any_tar_unpacks()
    {
        var image = Tree.AddImage("a", "1.0", "layer");
        var package = await PackAsync("release.tar");
        var unpacked = Directory.CreateDirectory(PathOf("unpacked")).FullName;
        await TarFile.ExtractToDirectoryAsync(package.FilePath, unpacked, overwriteFiles: false);

        var builder = new StorageTreeBuilder(unpacked);
        Assert.Equal(image.Digest.ToString(), File.ReadAllText(builder.TagLinkPath("a", "1.0")));
        Assert.Equal("layer", File.ReadAllText(builder.BlobPath(DigestOf("layer"))));
        Assert.True(File.Exists(builder.LayerLinkPath("a", DigestOf("layer"))));
        var expected = $"{Digest.OfSha256(File.ReadAllBytes(Path.Join(unpacked, "transfer-engine/package.json"))).Hex}  package.json\n";
        Assert.Equal(expected, File.ReadAllText(Path.Join(unpacked, "transfer-engine/package.json.sha256")));
    }

    [Fact]
    public async Task A_second_release_holds_only_its_own_blobs_and_a_third_relies_on_both()
    {
        Tree.AddImage("app", "1", "base", "first");
        var one = await PackAsync("1.tar");
        Tree.AddImage("app", "2", "base", "second");
        var two = await PackAsync("2.tar", [one]);
        Tree.AddImage("other", "3", "base", "second", "third");
        var three = await PackAsync("3.tar", [two]);

        Assert.Contains(DigestOf("second"), Held(two));
        Assert.DoesNotContain(DigestOf("base"), Held(two));
        Assert.Equal(new NeededBlob(DigestOf("base"), 4, 0, RepositoryName.Parse("app")), two.Index.Needed.Single(blob => blob.Digest == DigestOf("base")));
        Assert.Equal([new PackageBase("1.tar", one.Id)], two.Index.Bases);
        Assert.Contains(DigestOf("third"), Held(three));
        Assert.DoesNotContain(DigestOf("base"), Held(three));
        Assert.DoesNotContain(DigestOf("second"), Held(three));
        Assert.Equal([new PackageBase("2.tar", two.Id)], three.Index.Bases);
        await three.CheckAsync(default);
    }

    [Fact]
    public async Task A_base_that_gives_nothing_is_not_relied_on()
    {
        Tree.AddImage("app", "1", "base");
        var one = await PackAsync("1.tar");
        Tree.AddImage("app", "2", "more");
        var two = await PackAsync("2.tar", [one]);
        var three = await PackAsync("3.tar", [one, two]);
        Assert.Equal(["1.tar", "2.tar"], three.Index.Bases.Select(one => one.Name));
        var again = await PackAsync("4.tar", [two, one]);
        Assert.Equal(["2.tar"], again.Index.Bases.Select(one => one.Name));
    }

    [Fact]
    public async Task What_was_left_out_is_found_but_opens_with_the_name_of_the_base()
    {
        Tree.AddImage("app", "1", "base");
        var one = await PackAsync("1.tar");
        Tree.AddImage("app", "2", "base", "second");
        await using var source = (await PackAsync("2.tar", [one])).OpenSource();
        Assert.Equal(4, await source.FindBlobAsync(RepositoryName.Parse("app"), DigestOf("base"), default));
        var error = await RefusalAsync(() => TextAsync(source, "app", DigestOf("base")));
        Assert.Equal(ErrorCode.PackageBaseMissing, error.Code);
        Assert.Contains($"1.tar ({one.Id})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_any_length_fit()
    {
        var repository = string.Join('/', Enumerable.Repeat(new string('r', 50), 5));
        var tag = new string('t', 128);
        var image = Tree.AddImage(repository, tag, "layer");
        var package = await PackAsync("release.tar");
        await package.CheckAsync(default);
        await using var tree = RegistryTreeSource.OpenTar(package.FilePath);
        Assert.Equal(image.Digest, (await tree.FindImageAsync(RepositoryName.Parse(repository), Tag.Parse(tag), default))?.Digest);
    }

    [Fact]
    public async Task Any_order_of_the_source_gives_the_same_bytes()
    {
        SampleTree.Build(Tree.Root, new SampleTreeOptions { Repositories = 5, TaggedImages = 30, MaxLayerBytes = 2048 });
        var expected = File.ReadAllBytes((await PackAsync("expected.tar")).FilePath);
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            PackAsync("other.tar", null, images => images.OrderBy(_ => random.Next())).GetAwaiter().GetResult();
            return expected.AsSpan().SequenceEqual(File.ReadAllBytes(PathOf("other.tar")));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
    }

    [Fact]
    public async Task The_format_does_not_change_unnoticed()
    {
        Tree.AddImage("a/b", "1.0", "layer", "another");
        Tree.AddImage(string.Join('/', Enumerable.Repeat(new string('r', 50), 4)), "long", "layer");
        var package = await PackAsync("release.tar");
        var actual = $"{package.Id} {Digest.OfSha256(File.ReadAllBytes(package.FilePath))}";
        Assert.True(actual == Expected, actual);
    }

    [Fact]
    public async Task One_tag_for_two_images_is_refused()
    {
        Tree.AddImage("a", "1.0", "layer");
        Tree.AddImage("b", "1.0", "other");
        await using var source = Open();
        var error = await RefusalAsync(() => BuilderAsync(source, [], images => images.Select(image => image with { Repository = RepositoryName.Parse("a") })));
        Assert.Equal(ErrorCode.MappingCollision, error.Code);
    }

    // Index and file: where a new framework writes tars otherwise, packages made before could not be checked.
    private const string Expected = "sha256:d4dc7ada598219fad4b83c8d66d4c50ac0017abe4331c6f6a22d1cd7e0940461 sha256:eaf646123a2ff5760cfb990cff5564ed9a955bf587ad774f78c36201278c9249";

    private static IEnumerable<Digest> Held(Package package) => package.Index.Held.Select(blob => blob.Digest);
}

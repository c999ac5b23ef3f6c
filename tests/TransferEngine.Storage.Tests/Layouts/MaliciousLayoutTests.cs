using System.Formats.Tar;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.Layouts;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>Layouts that nobody should trust: refused in words, or what is wrong with them stays with the one image.</summary>
public sealed class MaliciousLayoutTests : LayoutTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("app");

    [Theory]
    [InlineData("sha256:../../../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("")]
    public async Task A_digest_that_is_none_never_becomes_a_path(string digest)
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.NameRaw($$$"""{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{digest}}}","size":1,"annotations":{"org.opencontainers.image.ref.name":"app:v1"}}""").Finish();
        Assert.Equal(["app MANIFEST_INVALID"], await NamesAsync(OpenLayout()));
    }

    [Theory]
    [InlineData("index.json")]
    [InlineData("blobs")]
    [InlineData("blob")]
    public async Task Links_out_of_the_layout_are_refused(string what)
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        layout.Name(image, "app:v1").Finish();
        var path = what == "blob" ? layout.BlobPath(image.Digest) : Path.Join(PathOf("layout"), what);
        var outside = PathOf("outside");
        if (Directory.Exists(path))
            Directory.Move(path, outside);
        else
            File.Move(path, outside);
        File.CreateSymbolicLink(path, outside);
        var refused = await Assert.ThrowsAsync<TransferException>(async () =>
        {
            await using var source = OpenLayout();
            await source.ReadManifestAsync(App, image.Digest, default);
        });
        Assert.Equal(ErrorCode.SourceOutsideRoot, refused.Error.Code);
    }

    [Fact]
    public async Task Links_out_of_an_archive_are_refused()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        layout.Name(image, "app:v1").Finish();
        File.Delete(layout.BlobPath(image.Digest));
        File.CreateSymbolicLink(layout.BlobPath(image.Digest), "../../../../etc/passwd");
        Pack("layout", "evil.tar");
        await using var source = OpenSource("oci-archive", "evil.tar");
        var refused = await Assert.ThrowsAsync<TransferException>(async () => await source.ReadManifestAsync(App, image.Digest, default));
        Assert.Equal(ErrorCode.SourceOutsideRoot, refused.Error.Code);
    }

    [Fact]
    public async Task A_target_does_not_write_through_a_link_out_of_it()
    {
        new LayoutWriter(PathOf("layout")).Finish();
        Directory.CreateDirectory(PathOf("outside"));
        Directory.Delete(Path.Join(PathOf("layout"), "blobs"), recursive: true);
        Directory.CreateSymbolicLink(Path.Join(PathOf("layout"), "blobs"), PathOf("outside"));
        Tree.AddImage("app", "v1", "layer");
        var refused = await Assert.ThrowsAsync<TransferException>(() => CopyAsync(OpenTree(), TargetLayout()));
        Assert.Equal(ErrorCode.SourceOutsideRoot, refused.Error.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(PathOf("outside")));
    }

    [Fact]
    public async Task An_index_that_lies_about_its_digest_to_close_a_circle_is_not_followed()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var list = layout.AddList((layout.AddImage("one"), "app:v1"));
        var circle = layout.AddList((list, "app:circle"));
        File.Copy(layout.BlobPath(circle.Digest), layout.BlobPath(list.Digest), overwrite: true);
        layout.Name(list).Name(circle).Finish();
        await using var source = OpenLayout();
        Assert.Equal(["app:circle"], await NamesAsync(source));
        var refused = await Assert.ThrowsAsync<TransferException>(async () => await source.ReadManifestAsync(App, list.Digest, default));
        Assert.Equal(ErrorCode.ManifestDigestMismatch, refused.Error.Code);
    }

    [Fact]
    public async Task Lists_in_lists_are_followed_only_so_deep()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var list = layout.AddList((layout.AddImage("one"), "app:deep"));
        for (var level = 0; level < 20; level++)
            list = Level(layout, list, level);
        layout.Name(list).Finish();
        Assert.Equal(["app:level16", "app:level17", "app:level18", "app:level19"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public void An_index_of_endless_size_is_refused_unread()
    {
        new LayoutWriter(PathOf("layout")).Finish("{}");
        using (var file = new FileStream(Path.Join(PathOf("layout"), "index.json"), FileMode.Open))
            file.SetLength(1L << 40);
        Assert.Equal(ErrorCode.SourceUnreadable, Assert.Throws<TransferException>(() => OpenLayout()).Error.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"manifests":{}}""")]
    [InlineData("""{"manifests":[1]}""")]
    [InlineData("""{"manifests":[{"digest":"\ud800","annotations":{"org.opencontainers.image.ref.name":"\udfff"}}]}""")]
    public void An_index_of_another_shape_is_refused(string index)
    {
        new LayoutWriter(PathOf("layout")).Finish(index);
        var refused = Assert.Throws<TransferException>(() => OpenLayout());
        Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Endpoint), (refused.Error.Code, refused.Error.Scope));
    }

    [Fact]
    public void What_is_no_layout_or_of_another_version_is_refused()
    {
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<TransferException>(() => OpenLayout()).Error.Code);
        Directory.CreateDirectory(PathOf("layout"));
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<TransferException>(() => OpenLayout()).Error.Code);
        new LayoutWriter(PathOf("layout")).Finish();
        File.WriteAllText(Path.Join(PathOf("layout"), "oci-layout"), """{"imageLayoutVersion":"2.0.0"}""");
        Assert.Equal(ErrorCode.SourceUnreadable, Assert.Throws<TransferException>(() => OpenLayout()).Error.Code);
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<TransferException>(() => OpenSource("oci-archive", "none.tar")).Error.Code);
    }

    [Fact]
    public async Task Of_duplicate_members_of_an_archive_the_last_counts()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("layer"), "app:v1").Finish();
        using (var writer = new TarWriter(File.Create(PathOf("twice.tar")), TarEntryFormat.Ustar))
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "index.json") { DataStream = new MemoryStream("{}"u8.ToArray()) });
            foreach (var file in Directory.EnumerateFiles(PathOf("layout"), "*", SearchOption.AllDirectories))
                writer.WriteEntry(file, Path.GetRelativePath(PathOf("layout"), file));
        }
        Assert.Equal(["app:v1"], await NamesAsync(OpenSource("oci-archive", "twice.tar")));
    }

    [Fact]
    public void Whatever_bytes_are_changed_in_a_layout_only_expected_failures_come_of_it()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        layout.Name(image, "app:v1").Name(layout.AddIndex(image), "v2").Name(layout.AddImage("sig", image)).Name(layout.AddList((image, "app:v3"))).Finish();
        var names = new[] { "index.json", "oci-layout" }.Select(name => Path.Join(PathOf("layout"), name)).Append(layout.BlobPath(image.Digest)).ToArray();
        var sound = names.Select(File.ReadAllBytes).ToArray();
        var damage =
            from file in Gen.Choose(0, names.Length - 1)
            from at in Gen.Choose(0, 10_000)
            from cut in Gen.Elements(false, false, true)
            from bytes in Gen.ArrayOf(Gen.OneOf(Gen.Elements("{}[]\",:\\/@0"u8.ToArray()), Gen.Choose(0, 255).Select(value => (byte)value)))
            select (file, at, cut, bytes);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(damage.ToArbitrary(), change =>
        {
            var content = sound[change.file];
            var at = change.at % content.Length;
            byte[] changed = [.. content[..at], .. change.bytes, .. change.cut ? [] : content[Math.Min(content.Length, at + change.bytes.Length)..]];
            File.WriteAllBytes(names[change.file], changed);
            ReadAll().GetAwaiter().GetResult();
            File.WriteAllBytes(names[change.file], content);
        }));

        async Task ReadAll()
        {
            try
            {
                await DescribeDamagedAsync(OpenLayout());
                await using var target = TargetLayout();
                await target.CheckAsync(default);
            }
            catch (TransferException)
            {
                // Expected: anything else fails the test.
            }
        }
    }

    private static async Task DescribeDamagedAsync(OciLayoutSource source)
    {
        await foreach (var listed in source.ListRepositoriesAsync(default))
            if (listed.Repository is { } repository)
                await foreach (var image in source.ListImagesAsync(repository, untagged: true, default))
                    if (image.Digest is { } digest && await source.FindImageAsync(repository, digest, default) is not null)
                        await source.ReadManifestAsync(repository, digest, default);
    }

    private static Descriptor Level(LayoutWriter layout, Descriptor list, int level) => layout.AddBlob(Encoding.UTF8.GetBytes(
        $$$"""{"schemaVersion":2,"mediaType":"{{{MediaType.OciIndex}}}","manifests":[{"mediaType":"{{{list.MediaType}}}","digest":"{{{list.Digest}}}","size":{{{list.Size}}}},{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{DigestOf("x")}}}","size":1,"annotations":{"org.opencontainers.image.ref.name":"app:level{{{level}}}"}}]}"""), MediaType.OciIndex);
}

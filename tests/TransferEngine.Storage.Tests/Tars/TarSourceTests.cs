using System.Formats.Tar;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tests.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>A storage tree in a plain tar, read in place.</summary>
public sealed class TarSourceTests : TreeTest
{
    private string TarPath => Path.Join(Outside, "storage.tar");

    [Theory]
    [InlineData(TarEntryFormat.Pax, "")]
    [InlineData(TarEntryFormat.Gnu, "./")]
    [InlineData(TarEntryFormat.Pax, "var/lib/registry/")]
    [InlineData(TarEntryFormat.Gnu, "/var/lib/registry/")]
    public async Task It_holds_what_the_folder_holds_in_any_format_and_below_any_prefix(TarEntryFormat format, string prefix)
    {
        var image = Tree.AddImage("a/b", "latest", "some layer");
        Tree.AddImage("a/b/c", "_x", "some layer", "another");
        Pack(format, prefix, Files());

        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Equal("registry-tar:" + TarPath, source.Endpoint);
        Assert.Null(source.Damage);
        Assert.Equal(["a/b", "a/b/c"], await source.ListRepositoriesAsync(default).Select(repository => repository.Name).ToListAsync());
        var listed = Assert.Single(await source.ListImagesAsync(RepositoryName.Parse("a/b"), untagged: false, default).ToListAsync());
        Assert.Equal(image.Digest, listed.Digest);
        var manifest = await source.ReadManifestAsync(RepositoryName.Parse("a/b"), image.Digest, default);
        Assert.Equal("layer", await ReadAsync(source, manifest.Blobs[1].Digest, offset: 5));
    }

    [Fact]
    public async Task Members_may_come_in_any_order()
    {
        Tree.AddImage("a", "latest", "layer");
        Pack(TarEntryFormat.Pax, "", Files().Reverse());
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(Assert.Single(await source.ListImagesAsync(RepositoryName.Parse("a"), untagged: false, default).ToListAsync()).Error);
    }

    [Theory]
    [InlineData(TarEntryType.HardLink, "docker/registry/v2/elsewhere")]
    [InlineData(TarEntryType.SymbolicLink, "../../../../elsewhere")]
    [InlineData(TarEntryType.SymbolicLink, "/docker/registry/v2/elsewhere")]
    public async Task Links_to_members_are_followed_also_to_later_ones(TarEntryType type, string target)
    {
        Tree.AddImage("a", "latest", "layer");
        var blob = DigestOf("layer");
        var name = NameOf(Tree.BlobPath(blob));
        using (var writer = new TarWriter(File.Create(Prepared(TarPath)), TarEntryFormat.Pax))
        {
            foreach (var file in Files().Where(file => NameOf(file) != name))
                writer.WriteEntry(file, NameOf(file));
            writer.WriteEntry(new PaxTarEntry(type, name) { LinkName = target });
            writer.WriteEntry(Tree.BlobPath(blob), "docker/registry/v2/elsewhere");
        }
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Equal("layer", await ReadAsync(source, blob));
    }

    [Theory]
    [InlineData("../../../../../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("data")]
    public async Task Links_out_of_the_tree_or_in_a_circle_are_refused(string target)
    {
        Tree.AddImage("a", "latest", "layer");
        var blob = DigestOf("layer");
        using (var writer = new TarWriter(File.Create(Prepared(TarPath)), TarEntryFormat.Pax))
        {
            foreach (var file in Files().Where(file => file != Tree.BlobPath(blob)))
                writer.WriteEntry(file, NameOf(file));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, NameOf(Tree.BlobPath(blob))) { LinkName = target });
        }
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var failure = await Assert.ThrowsAsync<TransferException>(() => ReadAsync(source, blob));
        Assert.Contains(failure.Error.Code, new[] { ErrorCode.SourceOutsideRoot, ErrorCode.SourceUnreadable });
    }

    [Fact]
    public async Task Members_that_climb_out_are_not_taken_and_the_last_of_one_name_counts()
    {
        Tree.AddImage("a", "latest", "layer");
        var other = Tree.AddImage("a", "other", "other layer");
        var tag = NameOf(Tree.TagLinkPath("a", "latest"));
        using (var writer = new TarWriter(File.Create(Prepared(TarPath)), TarEntryFormat.Pax))
        {
            foreach (var file in Files())
                writer.WriteEntry(file, NameOf(file));
            writer.WriteEntry(Entry("docker/registry/v2/repositories/a/../../../../../tmp/evil", "evil"));
            writer.WriteEntry(Entry(tag, other.Digest.ToString()));
        }
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var images = await source.ListImagesAsync(RepositoryName.Parse("a"), untagged: false, default).ToListAsync();
        Assert.Equal([other.Digest, other.Digest], images.Select(image => image.Digest!.Value));
    }

    [Fact]
    public async Task A_tar_that_was_cut_short_still_gives_what_is_whole()
    {
        Tree.AddImage("a", "latest", "layer");
        Pack(TarEntryFormat.Pax, "", Files().OrderBy(file => file == Tree.BlobPath(DigestOf("layer"))));
        using (var file = new FileStream(TarPath, FileMode.Open))
            file.SetLength(file.Length - 1024 - 510);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(Assert.Single(await source.ListImagesAsync(RepositoryName.Parse("a"), untagged: false, default).ToListAsync()).Error);
        var failure = await Assert.ThrowsAsync<TransferException>(() => ReadAsync(source, DigestOf("layer")));
        Assert.Equal(DigestOf("layer"), failure.Error.Digest);
    }

    [Fact]
    public void What_is_no_tar_or_holds_no_tree_is_refused_in_words()
    {
        Assert.Equal(ErrorCode.SourceNotFound, Refusal(() => { }).Code);
        Assert.Equal(ErrorCode.SourceUnreadable, Refusal(() => File.WriteAllText(Prepared(TarPath), new string('x', 5_000))).Code);
        var compressed = Refusal(() => File.WriteAllBytes(Prepared(TarPath), [.. "BZh91AY"u8]));
        Assert.Contains("bunzip2", compressed.Hint, StringComparison.Ordinal);
        var none = Refusal(() => Write("some/file"));
        Assert.Equal(ErrorCode.SourceNotFound, none.Code);
        Assert.Contains("docker/registry/v2", none.Message, StringComparison.Ordinal);
        var several = Refusal(() => Write("a/docker/registry/v2/blobs/x", "b/docker/registry/v2/blobs/x"));
        Assert.Contains("/b/docker/registry/v2", several.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_members_than_allowed_are_refused()
    {
        Write([.. Enumerable.Range(0, 20).Select(i => $"docker/registry/v2/blobs/{i}")]);
        var failure = Assert.Throws<TransferException>(() => RegistryTreeSource.OpenTar(TarPath, new RegistryTreeOptions { TarMembers = 19 }));
        Assert.Contains("more than 19 members", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_damage_of_any_kind_ends_in_anything_but_a_typed_error()
    {
        Tree.AddImage("a/b", "latest", "layer");
        Pack(TarEntryFormat.Gnu, "./", Files());
        var sound = File.ReadAllBytes(TarPath);
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Place, byte Value)[]>(), ArbMap.Default.ArbFor<NonNegativeInt>(), (changes, cut) =>
        {
            var damaged = sound[..(sound.Length - (cut.Get * 97 % sound.Length))];
            foreach (var (place, value) in changes)
                if (damaged.Length > 0)
                    damaged[place.Get * 31 % damaged.Length] = value;
            File.WriteAllBytes(TarPath, damaged);
            return TryReadAll();
        }).QuickCheckThrowOnFailure();
    }

    private bool TryReadAll()
    {
        try
        {
            using var view = RegistryTreeView.OpenTar(TarPath);
            foreach (var repository in view.ListRepositories().ToList())
                foreach (var tag in view.ListTags(repository) ?? [])
                    view.FindManifest(repository, view.FindTag(repository, tag)!.Value);
        }
        catch (TransferException e)
        {
            return e.Error.Code.Length > 0;
        }
        return true;
    }

    private TransferError Refusal(Action prepare)
    {
        prepare();
        return Assert.Throws<TransferException>(() => RegistryTreeSource.OpenTar(TarPath)).Error;
    }

    private void Write(params string[] names)
    {
        using var writer = new TarWriter(File.Create(Prepared(TarPath)), TarEntryFormat.Pax);
        foreach (var name in names)
            writer.WriteEntry(Entry(name, "content"));
    }

    private void Pack(TarEntryFormat format, string prefix, IEnumerable<string> files)
    {
        using var writer = new TarWriter(File.Create(Prepared(TarPath)), format);
        foreach (var file in files)
            writer.WriteEntry(file, prefix + NameOf(file));
    }

    private string[] Files() => [.. Directory.EnumerateFiles(Tree.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private string NameOf(string file) => Path.GetRelativePath(Tree.Root, file);

    private static PaxTarEntry Entry(string name, string content) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    private static string Prepared(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private static async Task<string> ReadAsync(RegistryTreeSource source, Digest digest, long offset = 0)
    {
        await using var content = await source.OpenBlobAsync(RepositoryName.Parse("a"), digest, offset, default);
        using var reader = new StreamReader(content);
        return await reader.ReadToEndAsync();
    }
}

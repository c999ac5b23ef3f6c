using System.Formats.Tar;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Storage.Tests.Packages;

/// <summary>Packages that were damaged on their way, or made to harm.</summary>
public sealed class PackageDamageTests : PackageTest
{
    [Fact]
    public async Task Every_changed_byte_is_found()
    {
        Tree.AddImage("a/b", "1.0", "layer", "another");
        var sound = File.ReadAllBytes((await PackAsync("release.tar")).FilePath);
        Prop.ForAll(ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<byte>(), (place, value) =>
        {
            var damaged = sound.ToArray();
            damaged[place.Get * 7919L % damaged.Length] ^= (byte)(value == 0 ? 1 : value);
            return IsRefused(damaged);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public async Task Wherever_it_is_cut_or_prolonged_it_is_refused()
    {
        Tree.AddImage("a/b", "1.0", "layer");
        var sound = File.ReadAllBytes((await PackAsync("release.tar")).FilePath);
        for (var length = 0; length < sound.Length; length += 97)
            Assert.True(IsRefused(sound[..length]), $"cut at {length}");
        Assert.True(IsRefused([.. sound, .. new byte[512]]));
        Assert.False(IsRefused(sound));
    }

    [Theory]
    [InlineData("docker/registry/v2/repositories/a/_manifests/tags/evil/current/link")]
    [InlineData("../../etc/cron.d/evil")]
    [InlineData("transfer-engine/package.json")]
    public async Task A_member_that_the_index_does_not_list_is_refused_wherever_it_stands(string name)
    {
        Tree.AddImage("a", "1.0", "layer");
        var package = await PackAsync("release.tar");
        foreach (var place in new[] { 2, 4, int.MaxValue })
        {
            var changed = Rewrite(package, entries => entries.Take(place).Append(Entry(name, "evil")).Concat(entries.Skip(place)));
            var error = await RefusalAsync(() => changed.CheckAsync(default));
            Assert.Equal(ErrorCode.PackageInvalid, error.Code);
        }
    }

    [Fact]
    public async Task A_missing_member_is_named()
    {
        Tree.AddImage("a", "1.0", "layer");
        var package = await PackAsync("release.tar");
        var changed = Rewrite(package, entries => entries.Where(entry => !entry.Name.Contains(DigestOf("layer").Hex, StringComparison.Ordinal)));
        var error = await RefusalAsync(() => changed.CheckAsync(default));
        Assert.Contains(DigestOf("layer").Hex + "/data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duplicate_member_is_refused()
    {
        Tree.AddImage("a", "1.0", "layer");
        var package = await PackAsync("release.tar");
        var changed = Rewrite(package, entries => entries.Append(entries[3]));
        Assert.Equal(ErrorCode.PackageInvalid, (await RefusalAsync(() => changed.CheckAsync(default))).Code);
    }

    [Fact]
    public async Task A_blob_whose_bytes_lie_is_named()
    {
        Tree.AddImage("a", "1.0", "layer");
        var package = await PackAsync("release.tar");
        var changed = Rewrite(package, entries => entries.Select(entry => entry.Name.Contains(DigestOf("layer").Hex + "/data", StringComparison.Ordinal) ? Entry(entry.Name, "liar!") : entry));
        var error = await RefusalAsync(() => changed.CheckAsync(default));
        Assert.Equal((ErrorCode.PackageInvalid, DigestOf("layer")), (error.Code, error.Digest!.Value));
        Assert.Contains("digest", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", "version 2")]
    [InlineData("\"bases\":[]", "\"bases\":[],\"extra\":1", "extra")]
    [InlineData("\"repositories\":[{\"name\":\"a\"", "\"repositories\":[{\"name\":\"../a\"", "repository name")]
    [InlineData("\"needed\":[]", "\"needed\":null", "null")]
    [InlineData("\"bases\":[]", "\"bases\":[{\"name\":\"x\",\"package\":\"sha256:1\"}]", "digest")]
    [InlineData("\"bases\":[]", "\"bases\":[null]", "")]
    [InlineData("\"size\":5", "\"size\":-5", "negative")]
    [InlineData("\"size\":5", "\"size\":5e0", "")]
    [InlineData("{", " {", "")]
    public async Task An_index_that_says_something_else_than_packages_do_is_refused(string part, string replacement, string complaint)
    {
        Tree.AddImage("a", "1.0", "layer");
        var json = Encoding.UTF8.GetString((await PackAsync("release.tar")).Index.ToBytes());
        Assert.Contains(part, json, StringComparison.Ordinal);
        var place = json.IndexOf(part, StringComparison.Ordinal);
        var error = Assert.Throws<TransferException>(() => PackageIndex.Parse(Encoding.UTF8.GetBytes(json[..place] + replacement + json[(place + part.Length)..]))).Error;
        Assert.Equal(ErrorCode.PackageInvalid, error.Code);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_as_an_index_is_refused_in_words() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        Assert.Throws<TransferException>(() => PackageIndex.Parse(Encoding.UTF8.GetBytes(text ?? ""))).Error.Code == ErrorCode.PackageInvalid).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_no_package_is_refused_in_words()
    {
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<TransferException>(() => Package.Open(PathOf("none.tar"))).Error.Code);
        File.WriteAllText(PathOf("text.tar"), new string('x', 3000));
        Assert.Equal(ErrorCode.PackageInvalid, Assert.Throws<TransferException>(() => Package.Open(PathOf("text.tar"))).Error.Code);
        Tree.AddImage("a", "1.0", "layer");
        TarFile.CreateFromDirectory(Tree.Root, PathOf("tree.tar"), includeBaseDirectory: false);
        var error = Assert.Throws<TransferException>(() => Package.Open(PathOf("tree.tar"))).Error;
        Assert.Contains("registry-tar:", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_claims_to_be_endless_is_not_read()
    {
        using (var file = File.Create(PathOf("large.tar")))
        using (var tar = new TarWriter(file, TarEntryFormat.Ustar))
        {
            file.SetLength(300 * 1024 * 1024);
            using var hollow = new FileStream(PathOf("hollow"), FileMode.Create);
            hollow.SetLength(257 * 1024 * 1024);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "transfer-engine/package.json") { DataStream = hollow });
        }
        Assert.Contains("too large", Assert.Throws<TransferException>(() => Package.Open(PathOf("large.tar"))).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_source_leaves_no_package_and_the_image_is_named()
    {
        Tree.AddImage("a", "1.0", "layer");
        Tree.WriteBlob(DigestOf("layer"), "liar!"u8);
        var error = await RefusalAsync(() => PackAsync("release.tar"));
        Assert.Equal(ErrorCode.BlobDigestMismatch, error.Code);
        Assert.Contains("a:1.0", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Outside));
    }

    [Theory]
    [InlineData("layer and more")]
    [InlineData("lay")]
    public async Task A_source_whose_sizes_lie_leaves_no_package(string content)
    {
        Tree.AddImage("a", "1.0", "layer");
        Tree.WriteBlob(DigestOf("layer"), Encoding.UTF8.GetBytes(content));
        Assert.Equal(ErrorCode.BlobSizeMismatch, (await RefusalAsync(() => PackAsync("release.tar"))).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Outside));
    }

    private bool IsRefused(byte[] bytes)
    {
        File.WriteAllBytes(PathOf("damaged.tar"), bytes);
        try
        {
            Package.Open(PathOf("damaged.tar")).CheckAsync(default).GetAwaiter().GetResult();
            return false;
        }
        catch (TransferException e)
        {
            return e.Error is { Code: ErrorCode.PackageInvalid or ErrorCode.SourceUnreadable, Scope: ErrorScope.Endpoint };
        }
    }

    private Package Rewrite(Package package, Func<IReadOnlyList<TarEntry>, IEnumerable<TarEntry>> change)
    {
        var path = PathOf("changed.tar");
        using (var reader = new TarReader(File.OpenRead(package.FilePath)))
        using (var writer = new TarWriter(File.Create(path), TarEntryFormat.Ustar))
        {
            var entries = new List<TarEntry>();
            while (reader.GetNextEntry(copyData: true) is { } entry)
                entries.Add(entry);
            foreach (var entry in change(entries))
            {
                if (entry.DataStream is { } data)
                    data.Position = 0;
                writer.WriteEntry(entry);
            }
        }
        return Package.Open(path);
    }

    private static UstarTarEntry Entry(string name, string content) => new(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
        ModificationTime = DateTimeOffset.UnixEpoch,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    };
}

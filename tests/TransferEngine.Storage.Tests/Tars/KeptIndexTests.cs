using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>The index of a tar, kept for the next time.</summary>
public sealed class KeptIndexTests : TarTest
{
    private RegistryTreeOptions Options => new() { TarIndexFolder = Path.Join(Outside, "state", "indexes") };

    private string IndexPath => Assert.Single(Directory.GetFiles(Options.TarIndexFolder!));

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--gzip")]
    public async Task It_gives_the_same_as_a_pass(string argument)
    {
        FillTree();
        Directory.CreateDirectory(Path.Join(Tree.Root, "docker", "aaa"));
        Run("ln", Tree.BlobPath(DigestOf("another")), Path.Join(Tree.Root, "docker", "aaa", "link"));
        PackByTar(argument);
        await HoldsTheTreeAsync(Options);
        var written = File.ReadAllBytes(IndexPath);

        await HoldsTheTreeAsync(Options);
        Assert.Equal(written, File.ReadAllBytes(IndexPath));
    }

    [Fact]
    public async Task With_it_the_headers_are_not_read_again()
    {
        FillTree();
        PackByTar("--format=gnu");
        await HoldsTheTreeAsync(Options);
        SpoilKeepingTime(bytes => bytes.AsSpan(0, 512).Fill((byte)'x'));
        await HoldsTheTreeAsync(Options);
    }

    [Fact]
    public void It_knows_of_damage()
    {
        FillTree();
        PackByTar("--format=gnu");
        using (var file = new FileStream(TarPath, FileMode.Open))
            file.SetLength(file.Length / 2);
        var damage = DamageOf();
        Assert.NotNull(damage);
        SpoilKeepingTime(bytes => bytes.AsSpan(0, 512).Fill((byte)'x'));
        Assert.Equal(damage, DamageOf());
    }

    [Fact]
    public async Task Of_an_archive_that_was_changed_it_is_made_anew_and_the_old_one_goes()
    {
        FillTree();
        PackByTar("--format=gnu");
        await HoldsTheTreeAsync(Options);
        var old = IndexPath;
        Tree.AddImage("new", "latest", "more");
        PackByTar("--format=gnu");
        await HoldsTheTreeAsync(Options);
        Assert.NotEqual(old, IndexPath);
    }

    [Fact]
    public async Task A_damaged_one_is_made_anew()
    {
        FillTree();
        PackByTar("--format=gnu");
        await HoldsTheTreeAsync(Options);
        var sound = File.ReadAllBytes(IndexPath);
        for (var place = 0; place < sound.Length; place += 1 + (sound.Length / 50))
        {
            var damaged = sound.ToArray();
            damaged[place] ^= 0x55;
            File.WriteAllBytes(IndexPath, damaged);
            await HoldsTheTreeAsync(Options);
            Assert.Equal(sound, File.ReadAllBytes(IndexPath));
            File.WriteAllBytes(IndexPath, sound[..place]);
            await HoldsTheTreeAsync(Options);
            Assert.Equal(sound, File.ReadAllBytes(IndexPath));
        }
    }

    [Fact]
    public async Task Where_it_cannot_be_kept_the_archive_is_read_all_the_same()
    {
        FillTree();
        PackByTar("--format=gnu");
        File.WriteAllText(Path.Join(Outside, "file"), "");
        await HoldsTheTreeAsync(new RegistryTreeOptions { TarIndexFolder = Path.Join(Outside, "file", "indexes") });
    }

    [Fact]
    public async Task The_bounds_hold_for_it_too()
    {
        FillTree();
        PackByTar("--format=gnu");
        await HoldsTheTreeAsync(Options);
        var failure = Assert.Throws<TransferException>(() => RegistryTreeSource.OpenTar(TarPath, Options with { TarMembers = 10 }));
        Assert.Contains("more than 10 members", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_its_owners_alone()
    {
        FillTree();
        PackByTar("--format=gnu");
        DamageOf();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(IndexPath));
    }

    private string? DamageOf()
    {
        using var view = RegistryTreeView.OpenTar(TarPath, Options);
        return view.Damage;
    }

    private void SpoilKeepingTime(Action<byte[]> spoil)
    {
        var time = File.GetLastWriteTimeUtc(TarPath);
        var bytes = File.ReadAllBytes(TarPath);
        spoil(bytes);
        File.WriteAllBytes(TarPath, bytes);
        File.SetLastWriteTimeUtc(TarPath, time);
    }
}

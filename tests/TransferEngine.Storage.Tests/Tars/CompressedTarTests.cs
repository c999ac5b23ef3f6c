using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>Compressed tars, read in passes.</summary>
public sealed class CompressedTarTests : TarTest
{
    private const int Large = 3_000_000;

    private static readonly RepositoryName Repository = RepositoryName.Parse("a");

    [Theory]
    [InlineData("--gzip")]
    [InlineData("--zstd")]
    public async Task They_hold_what_the_folder_holds(string compression)
    {
        FillTree();
        PackByTar(compression, "--format=gnu");
        await HoldsTheTreeAsync();
    }

    /// <summary>As parallel compressors and zstd:chunked write them.</summary>
    [Fact]
    public async Task Zstd_may_come_in_several_frames_with_skippable_ones_between_them()
    {
        FillTree();
        PackByTar("--format=gnu");
        var plain = await File.ReadAllBytesAsync(TarPath);
        byte[] skippable = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        await File.WriteAllBytesAsync(TarPath, [.. skippable, .. Zstd(plain[..70_000]), .. skippable, .. Zstd([]), .. Zstd(plain[70_000..]), .. skippable]);
        await HoldsTheTreeAsync();
    }

    [Fact]
    public void Zstd_that_needs_more_memory_than_the_program_would_take_is_refused()
    {
        // A frame (RFC 8878 section 3.1.1.1) with a window of 2 GiB and a block of no bytes.
        File.WriteAllBytes(TarPath, [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0]);
        var error = Assert.Throws<TransferException>(() => RegistryTreeSource.OpenTar(TarPath)).Error;
        Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("more than 128 MiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("zstd -d --long=31", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_announced_by_its_manifest_is_kept_when_it_comes_by()
    {
        for (var image = 0; image < 40; image++)
            Tree.AddImage("a", $"t{image}", Noise(20_000, image), Noise(20_000, 1_000 + image));
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var blobs = await AllBlobsAsync(source);
        foreach (var blob in blobs.OrderDescending())
            Assert.Equal(blob, await DigestOfAsync(source, Repository, blob));
        // Against the archive's order, some forty without anything kept. How far a pass has come when a manifest announces its blobs is a
        // matter of time, so that now and then it takes one more than two.
        Assert.InRange(PassesOf(source), 2, 4);
    }

    [Fact]
    public async Task Without_room_to_keep_anything_all_is_read_all_the_same()
    {
        for (var image = 0; image < 8; image++)
            Tree.AddImage("a", $"t{image}", Noise(20_000, image));
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath, new RegistryTreeOptions { TarKeptBytes = 0 });
        foreach (var blob in await AllBlobsAsync(source))
            Assert.Equal(blob, await DigestOfAsync(source, Repository, blob));
        Assert.InRange(PassesOf(source), 3, 60);
    }

    [Fact]
    public async Task Many_readers_at_once_of_large_and_small_blobs_all_come_to_their_end()
    {
        for (var image = 0; image < 24; image++)
            Tree.AddImage("a", $"t{image}", Noise(image % 3 == 0 ? Large : 5_000, image));
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var blobs = await AllBlobsAsync(source);
        await Parallel.ForEachAsync(blobs, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (blob, _) =>
            Assert.Equal(blob, await DigestOfAsync(source, Repository, blob))).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_reader_that_goes_away_early_lets_the_others_go_on()
    {
        var first = AddLarge("first", 1);
        var second = AddLarge("second", 2);
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        for (var round = 0; round < 3; round++)
        {
            // Both are waited for at once; whichever the pass meets first is let go after a few bytes.
            var left = source.OpenBlobAsync(Repository, first, 0, default).AsTask();
            var right = source.OpenBlobAsync(Repository, second, 0, default).AsTask();
            var met = await Task.WhenAny(left, right).WaitAsync(TimeSpan.FromMinutes(2));
            await using (var stream = await met)
                await stream.ReadExactlyAsync(new byte[10]);
            await using var other = await (met == left ? right : left).WaitAsync(TimeSpan.FromMinutes(2));
            var rest = new MemoryStream();
            await other.CopyToAsync(rest);
            Assert.Equal(met == left ? second : first, Digest.OfSha256(rest.ToArray()));
        }
    }

    [Fact]
    public async Task Two_readers_of_one_blob_and_offsets_are_served()
    {
        var blob = AddLarge("a", 1);
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var content = Encoding.ASCII.GetBytes(Noise(Large, 1));
        var whole = DigestOfAsync(source, Repository, blob);
        var part = DigestOfAsync(source, Repository, blob, 2_500_000);
        Assert.Equal(blob, await whole);
        Assert.Equal(Digest.OfSha256(content.AsSpan(2_500_000)), await part);
    }

    [Fact]
    public async Task Who_stops_waiting_or_closes_the_source_is_let_go()
    {
        var blobs = new[] { AddLarge("a", 1), AddLarge("b", 2) };
        PackByTar("--gzip");
        var source = RegistryTreeSource.OpenTar(TarPath);
        var opening = blobs.Select(blob => source.OpenBlobAsync(Repository, blob, 0, default).AsTask()).ToList();
        // Nobody reads the one that is open, so the other can't come by.
        var open = await Task.WhenAny(opening);
        var waiting = opening.Single(task => task != open);
        using var stop = new CancellationTokenSource();
        var third = source.OpenBlobAsync(Repository, blobs[opening.IndexOf(waiting)], 0, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        await source.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await (await open).DisposeAsync();
    }

    [Theory]
    [InlineData("--gzip")]
    [InlineData("--zstd")]
    public async Task Cut_short_it_gives_what_is_whole_and_names_what_is_not(string compression)
    {
        var blobs = Enumerable.Range(0, 6).Select(seed => AddLarge($"t{seed}", seed)).ToList();
        PackByTar(compression, "--sort=name", "--transform=s,docker/registry/v2/repositories,docker/registry/v2/repositories,", "docker/registry/v2/repositories");
        using (var file = new FileStream(TarPath, FileMode.Open))
            file.SetLength(file.Length / 2);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.NotNull(source.Damage);
        var read = 0;
        foreach (var blob in blobs)
            try
            {
                Assert.Equal(blob, await DigestOfAsync(source, Repository, blob));
                read++;
            }
            catch (TransferException e)
            {
                Assert.Equal(blob, e.Error.Digest);
                Assert.Contains(e.Error.Code, new[] { ErrorCode.BlobMissing, ErrorCode.SourceUnreadable });
            }
        Assert.InRange(read, 1, 5);
    }

    [Fact]
    public async Task Damaged_in_the_middle_it_gives_what_comes_before()
    {
        Tree.AddImage("a", "latest", "layer");
        _ = AddLarge("z", 1);
        PackByTar("--gzip", "docker/registry/v2/repositories");
        var bytes = await File.ReadAllBytesAsync(TarPath);
        bytes.AsSpan(bytes.Length / 2, 400).Fill(0xff);
        await File.WriteAllBytesAsync(TarPath, bytes);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.NotNull(source.Damage);
        Assert.Equal(2, (await source.ListImagesAsync(Repository, untagged: false, default).ToListAsync()).Count);
    }

    [Fact]
    public async Task Changed_while_it_is_open_it_is_not_read_on()
    {
        var blob = AddLarge("a", 1);
        PackByTar("--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        File.AppendAllText(TarPath, "more");
        var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, blob));
        Assert.Contains("was changed", failure.Error.Message, StringComparison.Ordinal);
        Assert.Equal(blob, failure.Error.Digest);
    }

    [Fact]
    public void It_is_not_served_as_a_registry()
    {
        FillTree();
        PackByTar("--gzip");
        var failure = Assert.Throws<TransferException>(() => RegistryTreeView.OpenTar(TarPath));
        Assert.Contains("gunzip", failure.Error.Hint, StringComparison.Ordinal);
    }

    private static async Task<List<Digest>> AllBlobsAsync(RegistryTreeSource source)
    {
        var blobs = new HashSet<Digest>();
        await foreach (var image in source.ListImagesAsync(Repository, untagged: false, default))
            blobs.UnionWith((await source.ReadManifestAsync(Repository, image.Digest!.Value, default)).Blobs.Select(blob => blob.Digest));
        return [.. blobs];
    }

    private static int PassesOf(RegistryTreeSource source) =>
        int.Parse(Assert.Single(source.Notes).Split("it took ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private Digest AddLarge(string tag, int seed)
    {
        Tree.AddImage("a", tag, Noise(Large, seed));
        return DigestOf(Noise(Large, seed));
    }

    // Text that no compression makes much smaller.
    private static string Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes)[..length];
    }

    private byte[] Zstd(byte[] content)
    {
        var path = Path.Join(Outside, "piece");
        File.WriteAllBytes(path, content);
        Run("zstd", "-qf", path, "-o", path + ".zst");
        return File.ReadAllBytes(path + ".zst");
    }
}

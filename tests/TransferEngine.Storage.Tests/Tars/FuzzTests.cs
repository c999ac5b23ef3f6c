using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>
/// Whatever is done to an archive, reading it ends, soon, and in nothing but typed errors. The corpus holds small archives of each format
/// (how they were made: <c>Corpus/make</c>), which are damaged at random, as they are and below a compression.
/// </summary>
public sealed class FuzzTests : TarTest
{
    // Each archive is smaller than 20 KB: what takes longer than this has lost its way, also on a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly RegistryTreeOptions Options = new() { TarMembers = 10_000, TarIndexBytes = 32 * 1024 * 1024, TarKeptBytes = 100_000 };

    public static TheoryData<string> Corpus => [.. Directory.GetFiles(CorpusFolder(), "*.tar").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Undamaged_each_archive_holds_its_image(string name)
    {
        File.Copy(Path.Join(CorpusFolder(), name), TarPath);
        Assert.InRange(new FileInfo(TarPath).Length, 1, 20 * 1024);
        Assert.Null(await ReadAllAsync());
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        var told = await DescribeAsync(source);
        Assert.Contains(told, line => line.StartsWith("a/b latest sha256:", StringComparison.Ordinal));
        Assert.All(told.Where(line => line.StartsWith("sha256:", StringComparison.Ordinal)), line => Assert.Equal(line.Split(' ')[0], line.Split(' ')[1]));
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Bytes_changed_at_random_end_in_typed_errors(string name)
    {
        var sound = File.ReadAllBytes(Path.Join(CorpusFolder(), name));
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Place, byte Value)[]>(), ArbMap.Default.ArbFor<int>(), (changes, cut) =>
            EndsWell(Damaged(sound, changes, cut))).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void So_do_headers_that_lie_with_a_right_checksum(string name)
    {
        var sound = File.ReadAllBytes(Path.Join(CorpusFolder(), name));
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Block, NonNegativeInt Place, byte Value)[]>(), changes =>
        {
            var lying = sound.ToArray();
            foreach (var (block, place, value) in changes)
            {
                var header = lying.AsSpan(block.Get % (lying.Length / 512) * 512, 512);
                if (header[257] != (byte)'u')
                    continue;
                header[(place.Get * 7) % 500] = value;
                Sealed(header.ToArray()).CopyTo(header);
            }
            return EndsWell(lying);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void So_does_damage_to_a_compressed_archive_or_below_its_compression(string name)
    {
        var sound = File.ReadAllBytes(Path.Join(CorpusFolder(), name));
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Place, byte Value)[]>(), ArbMap.Default.ArbFor<int>(), (changes, cut) =>
            EndsWell(Compressed(Damaged(sound, changes, cut))) && EndsWell(Damaged(Compressed(sound), changes, cut))).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
    }

    private static byte[] Damaged(byte[] sound, (NonNegativeInt Place, byte Value)[] changes, int cut)
    {
        // Every second one keeps its length.
        var damaged = sound[..(cut % 2 == 0 ? sound.Length : sound.Length - (int)((uint)cut * 97 % sound.Length))];
        foreach (var (place, value) in changes)
            if (damaged.Length > 0)
                damaged[(int)((uint)place.Get * 31 % damaged.Length)] = value;
        return damaged;
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return result.ToArray();
    }

    private bool EndsWell(byte[] bytes)
    {
        File.WriteAllBytes(TarPath, bytes);
        var started = Stopwatch.GetTimestamp();
        ReadAllAsync().WaitAsync(Limit).GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(started) < Limit;
    }

    /// <summary>Reads all that there is; returns the last typed error. Any other failure is the test's.</summary>
    private async Task<TransferError?> ReadAllAsync()
    {
        try
        {
            await using var source = RegistryTreeSource.OpenTar(TarPath, Options);
            TransferError? last = null;
            await foreach (var repository in source.ListRepositoriesAsync(default))
                if (repository.Repository is { } name)
                    last = await ReadImagesAsync(source, name) ?? last;
            return last;
        }
        catch (TransferException e)
        {
            return e.Error;
        }
    }

    private static async Task<TransferError?> ReadImagesAsync(RegistryTreeSource source, RepositoryName repository)
    {
        TransferError? last = null;
        await foreach (var image in source.ListImagesAsync(repository, untagged: true, default))
            try
            {
                if (image.Digest is not { } digest)
                    continue;
                foreach (var blob in (await source.ReadManifestAsync(repository, digest, default)).Blobs)
                    await ReadStartAsync(source, repository, blob.Digest);
            }
            catch (TransferException e)
            {
                last = e.Error;
            }
        return last;
    }

    // A sparse file may claim a terabyte of zeros; the engine reads no further than the manifest says.
    private static async Task ReadStartAsync(RegistryTreeSource source, RepositoryName repository, Digest digest)
    {
        await using var content = await source.OpenBlobAsync(repository, digest, 0, default);
        await content.ReadAtLeastAsync(new byte[100_000], 100_000, throwOnEndOfStream: false);
    }

    private static string CorpusFolder([CallerFilePath] string here = "") => Path.Join(Path.GetDirectoryName(here), "Corpus");
}

using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>
/// Small layouts of each kind (how they were made: <c>Corpus/make</c>), read as they are, and with any of their files damaged at random, as
/// folders and as archives: reading one ends in nothing but typed errors.
/// </summary>
public sealed class CorpusTests : LayoutTest
{
    public static TheoryData<string> Corpus => [.. Directory.GetDirectories(CorpusFolder()).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Undamaged_each_layout_holds_its_image(string name)
    {
        CopyCorpus(name);
        var told = await DescribeAsync(OpenLayout());
        Assert.Contains(told, line => line.StartsWith("app:v1 sha", StringComparison.Ordinal));
        Pack("layout", "layout.tar");
        Assert.Equal(told, await DescribeAsync(OpenSource("oci-archive", "layout.tar")));
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Damaged_at_random_they_end_in_typed_errors(string name)
    {
        CopyCorpus(name);
        var files = Directory.GetFiles(PathOf("layout"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var damage = ArbMap.Default.ArbFor<(NonNegativeInt File, NonNegativeInt Place, byte[] Bytes)>();
        Prop.ForAll(damage, ArbMap.Default.ArbFor<bool>(), (change, cuts) =>
        {
            var path = files[change.File.Get % files.Length];
            var sound = File.ReadAllBytes(path);
            var at = change.Place.Get * 31 % sound.Length;
            File.WriteAllBytes(path, [.. sound[..at], .. change.Bytes, .. cuts ? [] : sound[Math.Min(sound.Length, at + change.Bytes.Length)..]]);
            Pack("layout", "layout.tar");
            ReadAllAsync(() => OpenLayout()).GetAwaiter().GetResult();
            ReadAllAsync(() => OpenSource("oci-archive", "layout.tar")).GetAwaiter().GetResult();
            File.WriteAllBytes(path, sound);
            File.Delete(PathOf("layout.tar"));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    /// <summary>Reads all that there is. Any failure but a typed one is the test's.</summary>
    private static async Task ReadAllAsync(Func<IImageSource> open)
    {
        try
        {
            await using var source = open();
            await foreach (var listed in source.ListRepositoriesAsync(default))
                if (listed.Repository is { } repository)
                    await foreach (var image in source.ListImagesAsync(repository, untagged: true, default))
                        await ReadImageAsync(source, repository, image);
        }
        catch (TransferException)
        {
            // Expected: anything else fails the test.
        }
    }

    private static async Task ReadImageAsync(IImageSource source, RepositoryName repository, SourceImage image)
    {
        try
        {
            if (image.Digest is not { } digest)
                return;
            foreach (var blob in (await source.ReadManifestAsync(repository, digest, default)).Blobs)
            {
                await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, default);
                await content.CopyToAsync(Stream.Null);
            }
            await foreach (var _ in source.ListReferrersAsync(repository, digest, default))
            {
            }
        }
        catch (TransferException)
        {
            // As above; the other images are read all the same.
        }
    }

    private void CopyCorpus(string name)
    {
        var from = Path.Join(CorpusFolder(), name);
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.Join(PathOf("layout"), Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }

    private static string CorpusFolder([CallerFilePath] string here = "") => Path.Join(Path.GetDirectoryName(here), "Corpus");
}

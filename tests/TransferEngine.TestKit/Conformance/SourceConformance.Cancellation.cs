using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class SourceConformance
{
    private static readonly (string Name, Func<IImageSource, Digest, Descriptor, CancellationToken, Task> Call)[] Members =
    [
        ("ListRepositories", async (source, _, _, stop) => await source.ListRepositoriesAsync(stop).ToListAsync(CancellationToken.None)),
        ("ListImages", async (source, _, _, stop) => await source.ListImagesAsync(App, untagged: false, stop).ToListAsync(CancellationToken.None)),
        ("ListNames", async (source, _, _, stop) => await source.ListNamesAsync(App, untagged: false, stop).ToListAsync(CancellationToken.None)),
        ("ListReferrers", async (source, image, _, stop) => await source.ListReferrersAsync(App, image, stop).ToListAsync(CancellationToken.None)),
        ("FindImage", async (source, _, _, stop) => await source.FindImageAsync(App, V1, stop)),
        ("FindImageByDigest", async (source, image, _, stop) => await source.FindImageAsync(App, image, stop)),
        ("ReadManifest", async (source, image, _, stop) => await source.ReadManifestAsync(App, image, stop)),
        ("FindBlob", async (source, _, blob, stop) => await source.FindBlobAsync(App, blob.Digest, stop)),
        ("OpenBlob", async (source, _, blob, stop) => await (await source.OpenBlobAsync(App, blob.Digest, 0, stop)).DisposeAsync()),
        ("FindFile", async (source, _, blob, stop) => await source.FindFileAsync(App, blob.Digest, stop)),
    ];

    public static TheoryData<string> MemberNames => [.. Members.Select(member => member.Name)];

    [Theory]
    [MemberData(nameof(MemberNames))]
    public async Task A_cancelled_call_ends_as_cancelled_or_well_and_the_next_one_is_answered(string member)
    {
        var call = Members.Single(one => one.Name == member).Call;
        var (image, blob) = await FirstAsync(await SourceOf(Plain()));
        // On a source that has not answered anybody yet, too.
        foreach (var source in new[] { await SourceOf(Plain()), await SourceOf(Plain()) })
        {
            await EndsAsync(stop => call(source, image, blob, stop));
            await call(source, image, blob, default);
            await EndsAsync(stop => call(source, image, blob, stop));
            Assert.Equal((image, blob), await FirstAsync(source));
        }
    }

    [Fact]
    public async Task Reading_that_is_cancelled_ends_as_cancelled_or_well()
    {
        var source = await SourceOf(Plain());
        var (_, blob) = await FirstAsync(source);
        await using (var content = await source.OpenBlobAsync(App, blob.Digest, 0, default))
            await EndsAsync(async stop => await content.ReadAtLeastAsync(new byte[10], 1, throwOnEndOfStream: true, stop));
        Assert.Equal(blob.Digest, Digest.OfSha256(await ContentAsync(source, App, blob.Digest)));
    }

    private static async Task<(Digest Image, Descriptor Layer)> FirstAsync(IImageSource source)
    {
        var image = (await source.FindImageAsync(App, V1, default))!.Digest!.Value;
        return (image, (await source.ReadManifestAsync(App, image, default)).Blobs[^1]);
    }

    private static async Task EndsAsync(Func<CancellationToken, Task> call)
    {
        try
        {
            await call(new CancellationToken(canceled: true)).WaitAsync(Patience);
        }
        catch (OperationCanceledException)
        {
            // As promised; any other exception fails the test.
        }
    }
}

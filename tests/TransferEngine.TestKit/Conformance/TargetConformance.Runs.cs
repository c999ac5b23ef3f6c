using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class TargetConformance
{
    private const int Writers = 32;

    private static readonly (string Name, Func<TargetConformance, CancellationToken, Task> Call)[] Members =
    [
        ("Check", (suite, stop) => suite.Target.CheckAsync(stop)),
        ("ListTags", (suite, stop) => suite.Target.ListTagsAsync(suite.App, stop)),
        ("ListTagDigests", (suite, stop) => suite.Is(TargetLimits.IsWriteOnly) ? Task.CompletedTask : suite.Target.ListTagDigestsAsync(suite.App, stop)),
        ("HeadManifest", (suite, stop) => suite.Target.HeadManifestAsync(suite.App, V1, stop)),
        ("HeadBlob", (suite, stop) => suite.Target.HeadBlobAsync(suite.App, Layer(One).Digest, stop)),
        ("MountBlob", (suite, stop) => suite.Target.MountBlobAsync(suite.Other, Layer(One).Digest, suite.App, stop)),
        ("TakeFile", (suite, stop) => suite.Target.TakeFileAsync(suite.App, Layer(One), new BlobFile("/nowhere/at/all", LayerBytes(One).Length), stop)),
        ("StartUpload", (suite, stop) => suite.Target.StartUploadAsync(suite.App, stop)),
        ("PutBlob", async (suite, stop) => await suite.Target.PutBlobAsync(await suite.Target.StartUploadAsync(suite.App, default), Layer(Two), ObservedReader.Of(LayerBytes(Two)), stop)),
        ("FindUpload", async (suite, stop) => await suite.Target.FindUploadAsync(await suite.Target.StartUploadAsync(suite.App, default), stop)),
        ("CancelUpload", async (suite, stop) => await suite.Target.CancelUploadAsync(await suite.Target.StartUploadAsync(suite.App, default), stop)),
        ("EnterManifestPush", async (suite, stop) => (await suite.Target.EnterManifestPushAsync(suite.App, stop))?.Dispose()),
        ("PutManifest", (suite, stop) => suite.Target.PutManifestAsync(suite.App, V2, One.Manifest, stop)),
        ("ReadBack", async (suite, stop) => await (await suite.Target.ReadBackAsync(suite.App, Layer(One).Digest, stop) ?? Stream.Null).DisposeAsync()),
        ("FindFile", (suite, stop) => suite.Target.FindFileAsync(suite.App, Layer(One).Digest, stop).AsTask()),
        ("Complete", (suite, stop) => suite.Target.CompleteAsync(stop)),
    ];

    public static TheoryData<string> MemberNames => [.. Members.Select(member => member.Name)];

    [Theory]
    [MemberData(nameof(MemberNames))]
    public async Task A_cancelled_call_ends_as_cancelled_or_well_and_harms_nothing(string member)
    {
        await PutImageAsync(App, V1, One);
        var isCancelled = await IsCancelledAsync(stop => Members.Single(one => one.Name == member).Call(this, stop));
        if (member == "Complete" && !isCancelled)
            return;
        await HasTagAsync(App, V1, One.Digest);
        await PutImageAsync(App, V2, Two);
        await HasTagAsync(App, V2, Two.Digest);
    }

    [Fact]
    public Task Many_writers_of_one_blob_at_once_all_succeed() => AtOnceAsync(async _ =>
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
    });

    [Fact]
    public async Task Many_writers_of_one_manifest_at_once_all_succeed()
    {
        await PutBlobsAsync(App, One);
        await AtOnceAsync(async writer =>
        {
            await Target.PutManifestAsync(App, writer % 2 == 0 ? V1 : One.Digest, One.Manifest, default);
            await Target.PutManifestAsync(App, Tag.Parse($"t{writer}"), One.Manifest, default);
        });
        await HasTagAsync(App, V1, One.Digest);
        for (var writer = 0; writer < Writers; writer++)
            await HasTagAsync(App, Tag.Parse($"t{writer}"), One.Digest);
    }

    [Fact]
    public async Task Many_writers_of_one_tag_at_once_leave_it_with_one_of_them()
    {
        await PutBlobsAsync(App, One);
        await PutBlobsAsync(App, Two);
        await AtOnceAsync(writer => Target.PutManifestAsync(App, V1, (writer % 2 == 0 ? One : Two).Manifest, default));
        await HasTagAsync(App, V1, await HeadAsync(App, V1) == One.Digest ? One.Digest : Two.Digest);
    }

    [Fact]
    public async Task Many_images_in_many_repositories_come_at_once()
    {
        await PutBlobsAsync(App, One);
        await AtOnceAsync(async writer =>
        {
            var repository = Target.MapRepository(RepositoryName.Parse($"team/r{writer % 8}"));
            foreach (var blob in One.Blobs.Keys)
                Assert.True((await Target.MountBlobAsync(repository, blob, App, default)).IsMounted);
            await PutImageAsync(repository, Tag.Parse($"t{writer}"), ImageContent.Of("base", $"layer {writer}"));
            await Target.PutManifestAsync(repository, V1, One.Manifest, default);
        });
        for (var writer = 0; writer < Writers; writer++)
        {
            var repository = Target.MapRepository(RepositoryName.Parse($"team/r{writer % 8}"));
            await HasTagAsync(repository, Tag.Parse($"t{writer}"), ImageContent.Of("base", $"layer {writer}").Digest);
            await HasTagAsync(repository, V1, One.Digest);
        }
    }

    [Fact]
    public async Task Who_looks_while_a_blob_comes_sees_nothing_or_all_of_it()
    {
        var content = ImageContent.Of(new string('x', 50_000) + Guid.NewGuid()).Blobs.Values.MaxBy(blob => blob.Length)!;
        var blob = new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256(content), content.Length);
        var put = AtOnceAsync(_ => PutBlobAsync(App, blob, content));
        while (!put.IsCompleted)
        {
            Assert.Contains(await HeadAsync(App, blob.Digest), new long?[] { null, content.Length });
            // A look that is answered at once must not keep the thread that a put waits for.
            await Task.Yield();
        }
        await put;
        Assert.Equal(content.Length, await HeadAsync(App, blob.Digest));
    }

    [Fact]
    public async Task To_complete_a_target_that_nothing_was_put_into_is_well()
    {
        await Target.CompleteAsync(default);
        await Target.DisposeAsync();
        Target = await OpenAsync();
        await Target.CheckAsync(default);
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task What_a_run_has_completed_is_there_for_the_next_one()
    {
        await PutImageAsync(App, V1, One);
        await PutImageAsync(Other, V2, Two);
        await ReopenAsync(completes: true);
        if (Is(TargetLimits.IsWriteOnly))
            return;
        await HasTagAsync(App, V1, One.Digest);
        await HasTagAsync(Other, V2, Two.Digest);
        await LacksTagAsync(App, V2);
        foreach (var blob in One.Blobs)
            Assert.Equal(One.Manifest.Blobs.Single(named => named.Digest == blob.Key).Size, await HeadAsync(App, blob.Key));
    }

    [Fact]
    public async Task What_was_left_uncompleted_can_be_begun_again()
    {
        await PutImageAsync(App, V1, One);
        await PutBlobsAsync(App, Two);
        await ReopenAsync(completes: false);
        // What a run left behind is there as a whole or not at all.
        foreach (var blob in One.Blobs)
            Assert.Contains(await HeadAsync(App, blob.Key), new long?[] { null, blob.Value.Length });
        await PutImageAsync(App, V1, One);
        await PutImageAsync(App, V2, Two);
        await ReopenAsync(completes: true);
        if (Is(TargetLimits.IsWriteOnly))
            return;
        await HasTagAsync(App, V1, One.Digest);
        await HasTagAsync(App, V2, Two.Digest);
    }

    private static async Task AtOnceAsync(Func<int, Task> write) =>
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => write(writer)))).WaitAsync(Patience);

    /// <summary>False if it did its work all the same.</summary>
    private static async Task<bool> IsCancelledAsync(Func<CancellationToken, Task> call)
    {
        try
        {
            await call(new CancellationToken(canceled: true)).WaitAsync(Patience);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}

using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class SourceConformance
{
    [Fact]
    public async Task Each_blob_that_a_manifest_names_is_there_with_its_size_and_its_digest()
    {
        var set = Plain();
        var source = await SourceOf(set);
        foreach (var repository in set.Repositories.Keys)
            foreach (var image in await ImagesAsync(source, repository))
                foreach (var blob in (await source.ReadManifestAsync(repository, image.Digest!.Value, default)).Blobs)
                {
                    Assert.Equal(blob.Size, await source.FindBlobAsync(repository, blob.Digest, default));
                    await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, default);
                    Assert.Equal(blob.Size, content.BlobLength ?? blob.Size);
                    var bytes = await ReadAsync(content);
                    Assert.Equal(blob.Size, bytes.Length);
                    Assert.Equal(blob.Digest, blob.Digest.SameAlgorithmOver(bytes));
                }
    }

    [Fact]
    public async Task Content_begins_at_any_offset_and_there_is_none_behind_the_end()
    {
        var source = await SourceOf(Plain());
        var blob = await LayerAsync(source);
        var whole = await ContentAsync(source, App, blob.Digest);
        foreach (var offset in new[] { 0, 1, whole.Length / 2, whole.Length - 1, whole.Length, whole.Length + 1, whole.Length + 100_000 })
        {
            await using var content = await source.OpenBlobAsync(App, blob.Digest, offset, default);
            Assert.Equal(whole.Length, content.BlobLength ?? whole.Length);
            Assert.Equal(whole[Math.Min(offset, whole.Length)..], await ReadAsync(content));
        }
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_not_found_and_missing_when_it_is_opened()
    {
        var source = await SourceOf(Plain());
        foreach (var repository in new[] { App, Nowhere })
        {
            Assert.Null(await source.FindBlobAsync(repository, Unknown, default));
            foreach (var offset in new[] { 0, 5 })
            {
                var error = await RefusedAsync(async () => await source.OpenBlobAsync(repository, Unknown, offset, default));
                Assert.Equal((ErrorCode.BlobMissing, ErrorScope.Blob), (error.Code, error.Scope));
            }
        }
    }

    [Fact]
    public async Task A_blobs_file_holds_just_its_content()
    {
        var source = await SourceOf(Plain());
        var blob = await LayerAsync(source);
        if (await source.FindFileAsync(App, blob.Digest, default) is not { } file)
            return;
        Assert.Equal(blob.Size, file.Length);
        Assert.Equal(Path.GetFullPath(file.Path), file.Path);
        Assert.Null(new FileInfo(file.Path).LinkTarget);
        Assert.Equal(blob.Digest, blob.Digest.SameAlgorithmOver(await File.ReadAllBytesAsync(file.Path)));
        Assert.Null(await source.FindFileAsync(App, Unknown, default));
    }

    [Fact]
    public async Task Where_a_blob_is_can_be_told_whether_or_not_it_is_there()
    {
        var source = await SourceOf(Plain());
        Assert.NotEqual("", source.Locate(App, (await LayerAsync(source)).Digest));
        Assert.NotEqual("", source.Locate(App, Unknown));
        Assert.NotEqual("", source.Locate(Nowhere, Unknown));
    }

    [Fact]
    public async Task Content_that_is_not_read_to_its_end_holds_nobody_up()
    {
        var source = await SourceOf(Plain());
        var blob = await LayerAsync(source);
        for (var i = 0; i < 40; i++)
            await using (var content = await source.OpenBlobAsync(App, blob.Digest, 0, default).AsTask().WaitAsync(Patience))
                await content.ReadExactlyAsync(new byte[3]);
        Assert.Equal(blob.Digest, Digest.OfSha256(await ContentAsync(source, App, blob.Digest)));
    }

    [Fact]
    public async Task Many_readers_at_once_each_get_all()
    {
        var set = Plain();
        var source = await SourceOf(set);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(reader => Task.Run(async () =>
        {
            foreach (var (repository, held) in reader % 2 == 0 ? set.Repositories : set.Repositories.Reverse())
            {
                var images = await ImagesAsync(source, repository);
                Assert.Equal(held.Tags.Count, images.Count);
                foreach (var image in images)
                    foreach (var blob in (await source.ReadManifestAsync(repository, image.Digest!.Value, default)).Blobs)
                        Assert.Equal(blob.Digest, Digest.OfSha256(await ContentAsync(source, repository, blob.Digest)));
            }
        }))).WaitAsync(Patience);
    }

    /// <summary>The first image's last layer.</summary>
    private protected static async Task<Descriptor> LayerAsync(IImageSource source)
    {
        var image = await source.FindImageAsync(App, V1, default);
        return (await source.ReadManifestAsync(App, image!.Digest!.Value, default)).Blobs[^1];
    }
}

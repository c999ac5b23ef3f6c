using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class TargetConformance
{
    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await PutImageAsync(App, V1, One);
        foreach (var repository in new[] { App, Other })
        {
            Assert.Null(await HeadAsync(repository, Layer(Two).Digest));
            Assert.Null(await HeadAsync(repository, V2));
            Assert.Null(await HeadAsync(repository, (Reference)Two.Digest));
        }
    }

    [Fact]
    public async Task An_unknown_repository_has_no_list_of_tags()
    {
        await PutImageAsync(App, V1, One);
        var tags = await Target.ListTagsAsync(Other, default);
        // Where contents belong to all, a new repository may have some of them: none of its tags is not nothing of it.
        if (Is(TargetLimits.SharesContents))
            Assert.Empty(tags ?? new HashSet<Tag>());
        else
            Assert.Null(tags);
    }

    [Fact]
    public async Task An_uploaded_blob_is_found_with_its_size()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
        if (!Is(TargetLimits.SharesContents))
            Assert.Null(await HeadAsync(Other, Layer(One).Digest));
    }

    [Fact]
    public async Task A_blob_is_read_back_as_it_came_where_that_can_be()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        if (await Target.ReadBackAsync(App, Layer(One).Digest, default) is { } content)
            await using (content)
            {
                Assert.Equal(LayerBytes(One).Length, content.BlobLength ?? LayerBytes(One).Length);
                Assert.Equal(LayerBytes(One), await ReadAsync(content));
            }
        if (await Target.FindFileAsync(App, Layer(One).Digest, default) is { } file)
        {
            Assert.Equal(LayerBytes(One).Length, file.Length);
            Assert.Equal(LayerBytes(One), await File.ReadAllBytesAsync(file.Path));
        }
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_missing_when_it_is_read_back()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        Assert.Null(await Target.FindFileAsync(App, Layer(Two).Digest, default));
        if (await Target.ReadBackAsync(App, Layer(One).Digest, default) is not { } content)
            return;
        await content.DisposeAsync();
        var error = await RefusedAsync(async () => await Target.ReadBackAsync(App, Layer(Two).Digest, default));
        Assert.Equal((ErrorCode.BlobMissing, ErrorScope.Blob), (error.Code, error.Scope));
    }

    [Fact]
    public async Task A_blob_that_is_put_twice_is_there()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
    }

    [Fact]
    public async Task A_blob_that_is_put_into_two_repositories_is_in_both()
    {
        await PutImageAsync(App, V1, One);
        await PutImageAsync(Other, V1, One);
        await HasTagAsync(App, V1, One.Digest);
        await HasTagAsync(Other, V1, One.Digest);
    }

    [Fact]
    public async Task A_mounted_blob_is_there_as_if_it_had_been_uploaded()
    {
        await PutImageAsync(App, V1, One);
        foreach (var blob in One.Blobs)
        {
            Assert.True((await Target.MountBlobAsync(Other, blob.Key, App, default)).IsMounted);
            Assert.Equal(blob.Value.Length, await HeadAsync(Other, blob.Key));
        }
        await Target.PutManifestAsync(Other, V1, One.Manifest, default);
        await HasTagAsync(Other, V1, One.Digest);
    }

    [Fact]
    public async Task A_blob_that_is_nowhere_is_never_mounted()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        foreach (var from in new[] { App, Other })
        {
            Assert.False((await Target.MountBlobAsync(Other, Layer(Two).Digest, from, default)).IsMounted);
            Assert.Null(await HeadAsync(Other, Layer(Two).Digest));
        }
    }

    [Fact]
    public async Task A_mount_from_a_repository_without_the_blob_does_what_it_says()
    {
        await PutBlobAsync(App, Layer(One), LayerBytes(One));
        var result = await Target.MountBlobAsync(Other, Layer(One).Digest, Target.MapRepository(RepositoryName.Parse("team/empty")), default);
        if (result.IsMounted || Is(TargetLimits.SharesContents))
            Assert.Equal(LayerBytes(One).Length, await HeadAsync(Other, Layer(One).Digest));
        else
            Assert.Null(await HeadAsync(Other, Layer(One).Digest));
    }

    [Fact]
    public async Task A_session_that_came_of_a_mount_takes_the_blob()
    {
        var result = await Target.MountBlobAsync(App, Layer(One).Digest, Other, default);
        Assert.False(result.IsMounted);
        var session = result.Session ?? await Target.StartUploadAsync(App, default);
        Assert.Equal((App, 0), (session.Repository, session.Offset));
        await Target.PutBlobAsync(session, Layer(One), ObservedReader.Of(LayerBytes(One)), default);
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
    }

    [Fact]
    public async Task A_file_that_is_taken_is_there_and_one_that_is_not_taken_is_not()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Of("layer");
        await File.WriteAllBytesAsync(file, LayerBytes(One));
        var isTaken = await Target.TakeFileAsync(App, Layer(One), new BlobFile(file, LayerBytes(One).Length), default);
        Assert.Equal(isTaken ? LayerBytes(One).Length : null, await HeadAsync(App, Layer(One).Digest));
        Assert.True(Target.TakesFiles || !isTaken, "it takes a file, though it says that it takes none");
        // Taken or not, it stays whose it was.
        Assert.Equal(LayerBytes(One), await File.ReadAllBytesAsync(file));
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_not_taken()
    {
        using var folder = new TemporaryFolder();
        Assert.False(await Target.TakeFileAsync(App, Layer(One), new BlobFile(folder.Of("gone"), LayerBytes(One).Length), default));
        Assert.Null(await HeadAsync(App, Layer(One).Digest));
    }

    private protected static async Task<byte[]> ReadAsync(Stream content)
    {
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer);
        return buffer.ToArray();
    }
}

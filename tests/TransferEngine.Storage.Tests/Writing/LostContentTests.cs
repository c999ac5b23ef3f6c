using System.Diagnostics;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Tars;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>Targets that lack what a manifest names, whoever took it away: no manifest is there without all of it.</summary>
public sealed class LostContentTests : TreeTargetTest
{
    /// <summary>As when somebody takes blobs out of a target between two runs, or while one goes on.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_a_file_of_the_store_is_gone_nothing_counts_as_there_that_needs_it(bool isAnotherRun)
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var manifest = ManifestOf(config.Blob, layer.Blob);
        var target = Open();
        foreach (var blob in new[] { config, layer })
            await TakeAsync(target, App, blob);
        await target.PutManifestAsync(App, Tag.Parse("1"), manifest, default);
        File.Delete(Places.BlobPath(layer.Blob.Digest));
        if (isAnotherRun)
        {
            await target.DisposeAsync();
            target = Open();
        }
        Assert.Null(await target.HeadBlobAsync(App, layer.Blob.Digest, default));
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(Other, layer.Blob.Digest, App, default));
        Assert.Null(await target.FindFileAsync(App, layer.Blob.Digest, default));
        var refused = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("2"), manifest, default));
        Assert.Equal((ErrorCode.TargetBlobUnknown, layer.Blob.Digest), (refused.Error.Code, refused.Error.Digest!.Value));
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("2"), default));

        await TakeAsync(target, App, layer);
        await target.PutManifestAsync(App, Tag.Parse("2"), manifest, default);
        File.Delete(Places.BlobPath(manifest.Digest));
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("1"), default));
        var bytes = ManifestWriter.Index([new Descriptor(manifest.MediaType, manifest.Digest, 1)], ManifestFormat.Oci);
        var index = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        refused = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("3"), index, default));
        Assert.Equal((ErrorCode.TargetBlobUnknown, manifest.Digest), (refused.Error.Code, refused.Error.Digest!.Value));
        await target.DisposeAsync();
    }

    [Fact]
    public async Task A_manifest_is_read_back_like_a_blob()
    {
        var config = Blob("{}");
        var manifest = ManifestOf(config.Blob);
        await using var target = Open();
        await TakeAsync(target, App, config);
        await target.PutManifestAsync(App, Tag.Parse("1"), manifest, default);
        await using var content = await target.ReadBackAsync(App, manifest.Digest, default);
        Assert.Equal(manifest.Bytes.Length, content!.BlobLength);
        using var read = new MemoryStream();
        await content.CopyToAsync(read);
        Assert.Equal(manifest.Bytes.ToArray(), read.ToArray());
        Assert.Equal(Places.BlobPath(manifest.Digest), (await target.FindFileAsync(App, manifest.Digest, default))?.Path);
    }

    /// <summary>BuildKit's registry cache: an index of layers and a config of its own.</summary>
    [Fact]
    public async Task An_index_may_name_blobs_but_only_such_as_are_there()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var bytes = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[
            {"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{layer.Blob.Digest}}","size":5},
            {"mediaType":"application/vnd.buildkit.cacheconfig.v0","digest":"{{config.Blob.Digest}}","size":2}]}
            """);
        var index = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        await using var target = Open();
        await TakeAsync(target, App, layer);
        var refused = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("cache"), index, default));
        Assert.Equal(config.Blob.Digest, refused.Error.Digest);
        await TakeAsync(target, App, config);
        await target.PutManifestAsync(App, Tag.Parse("cache"), index, default);
        Assert.Equal(index.Digest, await target.HeadManifestAsync(App, Tag.Parse("cache"), default));
    }

    /// <summary>As when an archive was made of a tree that had lost some, which is then added to.</summary>
    [Fact]
    public async Task A_manifest_whose_blob_is_not_in_the_archive_is_refused()
    {
        var tar = InFolder("images.tar");
        var (config, layer) = (Blob("{}"), Blob("layer"));
        Places.AddImage(App.ToString(), "1", new ImageSpec(config.Blob, [layer.Blob]));
        Places.WriteBlob(config.Blob.Digest, "{}"u8);
        Assert.Equal(0, await PackAsync("-C", TargetPath, "-cf", tar, "docker"));
        await using var target = RegistryTarTarget.Open(tar);
        var manifest = ManifestOf(config.Blob, layer.Blob);
        Assert.Null(await target.HeadBlobAsync(App, layer.Blob.Digest, default));
        var refused = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("2"), manifest, default));
        Assert.Equal((ErrorCode.TargetBlobUnknown, layer.Blob.Digest), (refused.Error.Code, refused.Error.Digest!.Value));
        await TakeAsync(target, App, layer);
        await target.PutManifestAsync(App, Tag.Parse("2"), manifest, default);
        await using var content = await target.ReadBackAsync(App, layer.Blob.Digest, default);
        using var reader = new StreamReader(content!);
        Assert.Equal("layer", await reader.ReadToEndAsync());
    }

    private static async Task<int> PackAsync(params string[] arguments)
    {
        using var process = Process.Start("tar", arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

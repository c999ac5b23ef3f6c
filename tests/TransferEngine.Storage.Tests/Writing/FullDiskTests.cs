using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>A disk that is full ends a run at once, whatever was to be written, and leaves nothing half.</summary>
public sealed class FullDiskTests : TreeTargetTest
{
    private const int DiskBytes = 512 * 1024;

    [Theory]
    [InlineData("tree", false)]
    [InlineData("tree", true)]
    [InlineData("tar", false)]
    [InlineData("tar", true)]
    public async Task A_blob_that_does_not_fit_fails_the_endpoint_and_leaves_nothing(string form, bool isUpload)
    {
        using var disk = new SmallDisk(DiskBytes);
        await using var target = Open(form, disk);
        await PutAsync(target, isUpload, Noise(100_000));
        var large = Noise(DiskBytes);
        await FullAsync(() => PutAsync(target, isUpload, large));
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256(large), default));
        // What was given back is there for what fits.
        await PutAsync(target, isUpload, Noise(200_000));
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("tar")]
    public async Task Manifests_and_links_that_do_not_fit_fail_the_endpoint(string form)
    {
        using var disk = new SmallDisk(DiskBytes);
        await using var target = Open(form, disk);
        var config = Blob("{}");
        await TakeAsync(target, App, config);
        var manifest = ManifestOf(config.Blob, config.Blob);
        var tags = 0;
        await FullAsync(async () =>
        {
            for (; ; tags++)
                await target.PutManifestAsync(App, Tag.Parse($"t{tags}"), manifest, default);
        });
        Assert.Equal(tags, (await target.ListTagsAsync(App, default))!.Count);
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse($"t{tags}"), default));
    }

    [Fact]
    public async Task An_archive_goes_on_when_there_is_room_again()
    {
        using var disk = new SmallDisk(DiskBytes);
        var ballast = Path.Join(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, Noise(DiskBytes / 2));
        byte[][] contents = [Noise(100_000), Noise(250_000)];
        await using (var target = Open("tar", disk))
        {
            await PutAsync(target, isUpload: true, contents[0]);
            await FullAsync(() => PutAsync(target, isUpload: true, contents[1]));
        }
        File.Delete(ballast);
        await using (var target = Open("tar", disk))
        {
            Assert.Equal(contents[0].Length, await target.HeadBlobAsync(App, Digest.OfSha256(contents[0]), default));
            await PutAsync(target, isUpload: true, contents[1]);
            await target.CompleteAsync(default);
        }
        await using var source = RegistryTreeSource.OpenTar(Path.Join(disk.Path, "target"));
        Assert.Null(source.Damage);
        foreach (var content in contents)
            Assert.Equal(content.Length, await source.FindBlobAsync(App, Digest.OfSha256(content), default));
    }

    /// <summary>A hard link needs an entry in a folder, and the folder may need room for it.</summary>
    [Theory]
    [InlineData(LinkMode.Auto)]
    [InlineData(LinkMode.Hard)]
    public async Task Links_for_which_there_is_no_room_fail_the_endpoint(LinkMode mode)
    {
        using var disk = new SmallDisk(DiskBytes);
        var source = new StorageTreeBuilder(Path.Join(disk.Path, "source"));
        await using var target = RegistryTreeTarget.Open(Path.Join(disk.Path, "target"), new() { Link = mode });
        var blob = source.AddBlob("layer"u8);
        await FullAsync(async () =>
        {
            for (var i = 0; ; i++)
                Assert.True(await target.TakeFileAsync(RepositoryName.Parse($"r{i}"), blob, new BlobFile(source.BlobPath(blob.Digest), blob.Size), default));
        });
    }

    /// <summary>FAT takes no file of 4 GiB (EFBIG), but all smaller ones.</summary>
    [Fact]
    public void A_file_system_that_takes_no_file_so_large_fails_what_was_to_be_written()
    {
        var error = TreeErrors.Unwritable("/fat/blob", new IOException("File too large", 27), ErrorScope.Blob).Error;
        Assert.Equal((ErrorCode.TargetFull, ErrorScope.Blob, "/fat/blob"), (error.Code, error.Scope, error.Path));
    }

    private static async Task FullAsync(Func<Task> write)
    {
        var error = (await Assert.ThrowsAsync<TransferException>(write)).Error;
        Assert.Equal((ErrorCode.TargetFull, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("Make room", error.Hint, StringComparison.Ordinal);
    }

    private static IImageTarget Open(string form, SmallDisk disk)
    {
        var path = Path.Join(disk.Path, "target");
        return form == "tar" ? RegistryTarTarget.Open(path) : RegistryTreeTarget.Open(path);
    }

    private async Task PutAsync(IImageTarget target, bool isUpload, byte[] content)
    {
        var blob = Source.AddBlob(content);
        if (!isUpload)
        {
            Assert.True(await TakeAsync(target, App, (blob, new BlobFile(Source.BlobPath(blob.Digest), blob.Size))));
            return;
        }
        var session = await target.StartUploadAsync(App, default);
        try
        {
            await target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(content)), default);
        }
        catch (TransferException)
        {
            await target.CancelUploadAsync(session, default);
            throw;
        }
    }

    private static byte[] Noise(int length) => RandomNumberGenerator.GetBytes(length);
}

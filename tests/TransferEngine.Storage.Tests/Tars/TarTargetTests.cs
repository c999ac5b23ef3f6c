using System.Formats.Tar;
using System.IO.Pipelines;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;
using TransferEngine.Storage.Tests.Writing;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>A tar of a storage tree as a target.</summary>
public sealed class TarTargetTests : TreeTargetTest
{
    private string TarPath => InFolder("images.tar");

    private string Partial => TarPath + ".partial";

    [Fact]
    public async Task What_was_put_is_answered_for_and_read_back_when_it_is_finished()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var manifest = ManifestOf(config.Blob, layer.Blob);
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await target.CheckAsync(default);
            Assert.Null(await target.ListTagsAsync(App, default));
            Assert.True(await TakeAsync(target, App, config));
            await UploadAsync(target, App, layer.Blob, "layer"u8.ToArray());
            Assert.Equal(5, await target.HeadBlobAsync(App, layer.Blob.Digest, default));
            Assert.Empty((await target.ListTagsAsync(App, default))!);
            await target.PutManifestAsync(App, Tag.Parse("1"), manifest, default);
            Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, Tag.Parse("1"), default));
            Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, manifest.Digest, default));
            Assert.True((await target.MountBlobAsync(Other, layer.Blob.Digest, App, default)).IsMounted);
            Assert.Equal(5, await target.HeadBlobAsync(Other, layer.Blob.Digest, default));
            Assert.Equal(MountResult.Refused, await target.MountBlobAsync(Other, manifest.Blobs[0].Digest.SameAlgorithmOver([9]), App, default));
            Assert.False(File.Exists(TarPath));
            await target.CompleteAsync(default);
        }
        Assert.False(File.Exists(Partial));
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        Assert.Equal(manifest.Digest, Assert.Single(await source.ListImagesAsync(App, untagged: true, default).ToListAsync(), image => image.Tag is not null).Digest);
        Assert.Equal(5, await source.FindBlobAsync(Other, layer.Blob.Digest, default));
    }

    [Fact]
    public async Task Nothing_is_made_before_the_first_write_nor_by_an_empty_run()
    {
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await target.CheckAsync(default);
            Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([]), default));
            await target.CompleteAsync(default);
        }
        Assert.Empty(Directory.EnumerateFiles(InFolder(), "images.tar*"));
    }

    [Fact]
    public async Task A_run_that_was_cut_off_anywhere_goes_on_behind_the_last_whole_member()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var manifest = ManifestOf(config.Blob, layer.Blob);
        await using (var target = RegistryTarTarget.Open(TarPath))
            await PutImageAsync(target, config, layer, manifest);
        var whole = await File.ReadAllBytesAsync(Partial);
        for (var length = 0; length < whole.Length; length += 500)
        {
            await File.WriteAllBytesAsync(Partial, whole[..length]);
            await using (var target = RegistryTarTarget.Open(TarPath))
            {
                await PutImageAsync(target, config, layer, manifest);
                await target.CompleteAsync(default);
            }
            Assert.Equal(manifest.Digest, Assert.Single((await ReadAsync(TarPath)).Values));
            File.Delete(TarPath);
        }
    }

    [Fact]
    public async Task What_an_earlier_run_finished_is_answered_for_and_not_written_again()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        await using (var target = RegistryTarTarget.Open(TarPath))
            await PutImageAsync(target, config, layer, ManifestOf(config.Blob, layer.Blob));
        var length = new FileInfo(Partial).Length;
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            Assert.Equal(5, await target.HeadBlobAsync(App, layer.Blob.Digest, default));
            await PutImageAsync(target, config, layer, ManifestOf(config.Blob, layer.Blob));
            Assert.Equal(length, new FileInfo(Partial).Length);
        }
    }

    [Fact]
    public async Task An_upload_that_breaks_off_or_lies_is_cut_away()
    {
        var (first, blob) = (Blob("first"), new Descriptor("", Digest.OfSha256([1, 2, 3]), 3));
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await TakeAsync(target, App, first);
            Assert.True((await Assert.ThrowsAsync<TransferException>(() => UploadAsync(target, App, blob, [1, 2]))).IsTransient);
            Assert.Equal(ErrorCode.BlobDigestMismatch, (await Assert.ThrowsAsync<TransferException>(() => UploadAsync(target, App, blob, [3, 2, 1]))).Error.Code);
            var broken = new Pipe();
            await broken.Writer.WriteAsync(new byte[] { 1 });
            await broken.Writer.CompleteAsync(new IOException("cut"));
            var session = await target.StartUploadAsync(App, default);
            Assert.Equal("cut", (await Assert.ThrowsAsync<IOException>(() => target.PutBlobAsync(session, blob, broken.Reader, default))).Message);
            Assert.Equal(ErrorCode.BlobSizeMismatch, (await Assert.ThrowsAsync<TransferException>(() => UploadAsync(target, App, blob, [1, 2, 3, 4]))).Error.Code);
            Assert.Null(await target.HeadBlobAsync(App, blob.Digest, default));
            await UploadAsync(target, App, blob, [1, 2, 3]);
            await target.CompleteAsync(default);
        }
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        Assert.Equal(5, await source.FindBlobAsync(App, first.Blob.Digest, default));
        Assert.Equal(3, await source.FindBlobAsync(App, blob.Digest, default));
    }

    [Fact]
    public async Task A_finished_archive_is_added_to_in_a_copy_that_takes_its_place_at_the_end()
    {
        var (config, layer, more) = (Blob("{}"), Blob("layer"), Blob("more"));
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await PutImageAsync(target, config, layer, ManifestOf(config.Blob, layer.Blob));
            await target.CompleteAsync(default);
        }
        var before = await File.ReadAllBytesAsync(TarPath);
        await using (var untouched = RegistryTarTarget.Open(TarPath))
        {
            Assert.NotNull(await untouched.HeadManifestAsync(App, Tag.Parse("1"), default));
            await untouched.CompleteAsync(default);
            Assert.False(File.Exists(Partial));
        }
        await using (var again = RegistryTarTarget.Open(TarPath))
        {
            await TakeAsync(again, App, more);
            Assert.NotNull(await again.HeadManifestAsync(App, Tag.Parse("1"), default));
            Assert.Equal(before, await File.ReadAllBytesAsync(TarPath));
            await again.CompleteAsync(default);
        }
        Assert.False(File.Exists(Partial));
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        Assert.Equal((5L, 4L), (await source.FindBlobAsync(App, layer.Blob.Digest, default), await source.FindBlobAsync(App, more.Blob.Digest, default)));
    }

    [Fact]
    public async Task A_finished_archive_that_ends_in_something_else_is_left_alone()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await PutImageAsync(target, config, layer, ManifestOf(config.Blob, layer.Blob));
            await target.CompleteAsync(default);
        }
        var bytes = await File.ReadAllBytesAsync(TarPath);
        await File.WriteAllBytesAsync(TarPath, bytes[..^1500]);
        await using (var again = RegistryTarTarget.Open(TarPath))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(again, App, Blob("more")));
            Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        }
        Assert.Equal(bytes.Length - 1500, new FileInfo(TarPath).Length);
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task A_partial_file_that_is_no_archive_is_left_alone()
    {
        await File.WriteAllTextAsync(Partial, new string('x', 2000));
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        }
        Assert.Equal(2000, new FileInfo(Partial).Length);
    }

    [Fact]
    public async Task Two_processes_do_not_write_one_archive()
    {
        await using var first = RegistryTarTarget.Open(TarPath);
        await TakeAsync(first, App, Blob("layer"));
        await using var second = RegistryTarTarget.Open(TarPath);
        var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(second, App, Blob("more")));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    [Fact]
    public async Task A_blob_known_by_sha512_keeps_its_name()
    {
        byte[] content = [1, 2, 3];
        var blob = new Descriptor("", Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData(content))), 3);
        await using (var target = RegistryTarTarget.Open(TarPath))
        {
            await UploadAsync(target, App, blob, content);
            Assert.True((await target.MountBlobAsync(Other, blob.Digest, App, default)).IsMounted);
            await target.CompleteAsync(default);
        }
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Equal(3, await source.FindBlobAsync(Other, blob.Digest, default));
    }

    [Fact]
    public async Task Members_and_their_folders_belong_to_the_owner_that_was_told()
    {
        var wanted = Environment.IsPrivilegedProcess ? new FileOwner(10000, 10001) : new FileOwner(OwnerOf(InFolder()).User, OwnerOf(InFolder()).Group);
        await using (var target = RegistryTarTarget.Open(TarPath, wanted))
        {
            await TakeAsync(target, App, Blob("layer"));
            await target.CompleteAsync(default);
        }
        await using var reader = new TarReader(File.OpenRead(TarPath));
        var members = new List<TarEntry>();
        while (await reader.GetNextEntryAsync() is { } entry)
            members.Add(entry);
        Assert.Contains(members, member => member is { EntryType: TarEntryType.Directory, Name: "docker/registry/v2/blobs/" });
        Assert.All(members, member => Assert.Equal((wanted.User, wanted.Group), ((uint)member.Uid, (uint)member.Gid)));
    }

    /// <summary>Whatever is put at once, in whatever way: all of it is there whole.</summary>
    [Fact]
    public void Any_puts_at_once_read_back_equal()
    {
        var images = Enumerable.Range(0, 4).Select(i => Blob($"layer {i}")).Select(layer => (Layer: layer, Manifest: ManifestOf(layer.Blob, layer.Blob))).ToArray();
        var step = from repository in Gen.Choose(0, 2) from image in Gen.Choose(0, 3) from upload in Gen.Choose(0, 1) select (repository, image, upload);
        var number = 0;
        Prop.ForAll(step.NonEmptyListOf().ToArbitrary(), steps =>
        {
            var path = InFolder($"run{number++}.tar");
            WriteAsync(path, steps.Select(one => ($"r/{one.repository}", $"t{one.image}", images[one.image].Layer, images[one.image].Manifest, one.upload == 1))).GetAwaiter().GetResult();
            var expected = steps.Select(one => ((string, string))($"r/{one.repository}", $"t{one.image}")).Distinct().Order();
            Assert.Equal(expected, ReadAsync(path).GetAwaiter().GetResult().Keys.Order());
        }).QuickCheckThrowOnFailure();
    }

    private static async Task PutImageAsync(RegistryTarTarget target, (Descriptor, BlobFile) config, (Descriptor, BlobFile) layer, Manifest manifest)
    {
        await TakeAsync(target, App, config);
        await TakeAsync(target, App, layer);
        await target.PutManifestAsync(App, Tag.Parse("1"), manifest, default);
    }

    private static async Task WriteAsync(string path, IEnumerable<(string, string, (Descriptor Blob, BlobFile File), Manifest, bool)> images)
    {
        await using var target = RegistryTarTarget.Open(path);
        await Task.WhenAll(images.Select(image => Task.Run(async () =>
        {
            var (name, tag, layer, manifest, isUpload) = image;
            var repository = RepositoryName.Parse(name);
            await (isUpload ? UploadAsync(target, repository, layer.Blob, await File.ReadAllBytesAsync(layer.File.Path)) : TakeAsync(target, repository, layer));
            await target.PutManifestAsync(repository, Tag.Parse(tag), manifest, default);
        })));
        await target.CompleteAsync(default);
    }

    private static async Task<Dictionary<(string, string), Digest>> ReadAsync(string path)
    {
        var read = new Dictionary<(string, string), Digest>();
        await using var source = RegistryTreeSource.OpenTar(path);
        Assert.Null(source.Damage);
        await foreach (var repository in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: false, default))
            {
                var manifest = await source.ReadManifestAsync(repository.Repository!.Value, image.Digest!.Value, default);
                foreach (var blob in manifest.Blobs)
                {
                    await using var content = await source.OpenBlobAsync(repository.Repository!.Value, blob.Digest, 0, default);
                    Assert.Equal(blob.Digest, Digest.Parse("sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(content))));
                }
                read.Add((repository.Name, image.Name), manifest.Digest);
            }
        return read;
    }
}

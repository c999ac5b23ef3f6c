using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>A storage tree as a target: what is in it afterwards, and what it answers meanwhile.</summary>
public sealed class TreeTargetTests : TreeTargetTest
{
    [Fact]
    public async Task Nothing_is_made_before_the_first_write()
    {
        await using var target = Open();
        await target.CheckAsync(default);
        Assert.Null(await target.ListTagsAsync(App, default));
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("1"), default));
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([]), default));
        await target.CompleteAsync(default);
        Assert.False(Directory.Exists(TargetPath));
        Assert.Empty(target.Notes);
    }

    [Fact]
    public async Task What_was_put_is_read_back_and_answered_for()
    {
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var manifest = ManifestOf(config.Blob, layer.Blob);
        await using (var target = Open())
        {
            Assert.True(await TakeAsync(target, App, config));
            Assert.Null(await target.HeadBlobAsync(App, layer.Blob.Digest, default));
            await UploadAsync(target, App, layer.Blob, "layer"u8.ToArray());
            Assert.Equal(5, await target.HeadBlobAsync(App, layer.Blob.Digest, default));
            Assert.Empty((await target.ListTagsAsync(App, default))!);
            await target.PutManifestAsync(App, Tag.Parse("1"), manifest, default);
            Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, Tag.Parse("1"), default));
            Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, manifest.Digest, default));
            Assert.Equal([Tag.Parse("1")], await target.ListTagsAsync(App, default));
            Assert.Equal(manifest.Digest, (await target.ListTagDigestsAsync(App, default))![Tag.Parse("1")]);
            await target.CompleteAsync(default);
        }
        await using var source = ReadBack();
        Assert.Equal(manifest.Digest, Assert.Single(await source.ListImagesAsync(App, untagged: true, default).ToListAsync()).Digest);
        Assert.Equal(5, await source.FindBlobAsync(App, layer.Blob.Digest, default));
        Assert.Equal(["blobs", "repositories"], Directory.EnumerateFileSystemEntries(Places.V2).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_blob_that_any_repository_has_is_mounted_and_another_is_refused()
    {
        var blob = Blob("layer");
        await using var target = Open();
        await TakeAsync(target, App, blob);
        Assert.True((await target.MountBlobAsync(Other, blob.Blob.Digest, RepositoryName.Parse("forgotten"), default)).IsMounted);
        Assert.Equal(5, await target.HeadBlobAsync(Other, blob.Blob.Digest, default));
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(Other, Digest.OfSha256([9]), App, default));
    }

    [Fact]
    public async Task A_blob_known_by_sha512_is_uploaded_mounted_and_found()
    {
        byte[] content = [1, 2, 3];
        var blob = new Descriptor("application/octet-stream", Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData(content))), 3);
        await using var target = Open();
        Assert.False(await target.TakeFileAsync(App, blob, new BlobFile("/nowhere", 3), default));
        await UploadAsync(target, App, blob, content);
        Assert.True((await target.MountBlobAsync(Other, blob.Digest, App, default)).IsMounted);
        Assert.Equal(3, await target.HeadBlobAsync(Other, blob.Digest, default));
        await using var source = ReadBack();
        Assert.Equal(3, await source.FindBlobAsync(Other, blob.Digest, default));
    }

    [Fact]
    public async Task An_upload_goes_on_where_it_broke_and_a_wrong_digest_leaves_nothing()
    {
        var blob = new Descriptor("application/octet-stream", Digest.OfSha256([1, 2, 3]), 3);
        await using var target = Open();
        var session = await target.StartUploadAsync(App, default);
        var cut = await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, session, blob, [1, 2]));
        Assert.True(cut.IsTransient);
        session = await target.FindUploadAsync(session, default);
        Assert.Equal(2, session!.Offset);
        await PutAsync(target, session, blob, [3]);
        Assert.Equal(3, await target.HeadBlobAsync(App, blob.Digest, default));
        Assert.Null(await target.FindUploadAsync(session, default));

        var other = blob with { Digest = Digest.OfSha256([3, 2, 1, 0]) };
        session = await target.StartUploadAsync(Other, default);
        var wrong = await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, session, other, [3, 2, 1]));
        Assert.Equal(ErrorCode.BlobDigestMismatch, wrong.Error.Code);
        Assert.Null(await target.HeadBlobAsync(Other, other.Digest, default));
    }

    [Fact]
    public async Task Of_a_blob_that_another_repository_brought_not_a_byte_is_read()
    {
        var layer = Blob("layer");
        Places.AddImage("team/app", "1", "layer");
        await using var target = Open();
        var session = await target.StartUploadAsync(Other, default);
        var content = new System.IO.Pipelines.Pipe();
        await target.PutBlobAsync(session, layer.Blob, content.Reader, default);
        Assert.Equal(5, await target.HeadBlobAsync(Other, layer.Blob.Digest, default));
        Assert.Null(await target.FindUploadAsync(session, default));
    }

    [Fact]
    public async Task What_is_there_already_stays_and_tags_are_added_and_moved()
    {
        var there = Places.AddImage("team/app", "old", "kept");
        var moved = Places.AddImage("team/app", "moved", "before");
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var manifest = ManifestOf(config.Blob, layer.Blob);
        await using (var target = Open())
        {
            await TakeAsync(target, App, config);
            await TakeAsync(target, App, layer);
            await target.PutManifestAsync(App, Tag.Parse("moved"), manifest, default);
            await target.PutManifestAsync(App, Tag.Parse("new"), manifest, default);
        }
        await using var source = ReadBack();
        var images = await source.ListImagesAsync(App, untagged: true, default).ToDictionaryAsync(image => image.Name, image => image.Digest);
        Assert.Equal(there.Digest, images["old"]);
        Assert.Equal(manifest.Digest, images["moved"]);
        Assert.Equal(manifest.Digest, images["new"]);
        Assert.Contains(moved.Digest.ToString(), images.Keys);
    }

    [Fact]
    public async Task A_tag_whose_manifest_was_lost_or_is_empty_does_not_count_as_there()
    {
        var lost = Places.AddImage("team/app", "lost", "a");
        var empty = Places.AddImage("team/app", "empty", "b");
        Directory.Delete(Places.BlobFolder(lost.Digest), recursive: true);
        await File.WriteAllBytesAsync(Places.BlobPath(empty.Digest), []);
        await using var target = Open();
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("lost"), default));
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("empty"), default));
        Assert.Empty((await target.ListTagsAsync(App, default))!);
    }

    [Fact]
    public async Task What_a_killed_run_left_half_made_goes_with_the_next_one()
    {
        var work = Directory.CreateDirectory(Path.Join(Places.V2, "_transfer", "11112222333344445555666677778888")).FullName;
        await File.WriteAllTextAsync(Path.Join(work, "link.tmp"), "half");
        await File.WriteAllTextAsync(work + ".lock", "");
        await using (var target = Open())
        {
            await TakeAsync(target, App, Blob("layer"));
            Assert.False(Directory.Exists(work));
        }
        Assert.False(Directory.Exists(Path.GetDirectoryName(work)));
    }

    [Fact]
    public async Task What_another_process_has_in_hand_stays()
    {
        await using var first = Open();
        var session = await first.StartUploadAsync(App, default);
        await using (var second = Open())
            await TakeAsync(second, App, Blob("layer"));
        var blob = new Descriptor("application/octet-stream", Digest.OfSha256([1]), 1);
        await PutAsync(first, session, blob, [1]);
        Assert.Equal(1, await first.HeadBlobAsync(App, blob.Digest, default));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_fails_the_endpoint()
    {
        await File.WriteAllTextAsync(TargetPath, "a file where the folder should be");
        await using var target = Open();
        var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    /// <summary>Any sequence of puts leaves a tree that reads back as what was put last.</summary>
    [Fact]
    public void Any_sequence_of_puts_reads_back_equal()
    {
        var images = Enumerable.Range(0, 4).Select(i => Blob($"layer {i}")).Select(layer => (Layer: layer, Manifest: ManifestOf(layer.Blob, layer.Blob))).ToArray();
        var step = from repository in Gen.Choose(0, 2) from tag in Gen.Choose(0, 3) from image in Gen.Choose(0, 3) from way in Gen.Choose(0, 2) select (repository, tag, image, way);
        var number = 0;
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            var path = InFolder($"run{number++}");
            var expected = new Dictionary<(string, string), Digest>();
            WriteAsync(path, steps.Select(one => ($"r/{one.repository}", $"t{one.tag}", images[one.image].Layer, images[one.image].Manifest, one.way)), expected).GetAwaiter().GetResult();
            Assert.Equal(expected, ReadAsync(path).GetAwaiter().GetResult());
        }).QuickCheckThrowOnFailure();
    }

    private static async Task WriteAsync(
        string path, IEnumerable<(string, string, (Descriptor Blob, BlobFile File), Manifest, int)> steps, Dictionary<(string, string), Digest> expected)
    {
        await using var target = RegistryTreeTarget.Open(path);
        foreach (var (name, tag, layer, manifest, way) in steps)
        {
            var repository = RepositoryName.Parse(name);
            if (way == 0)
                await TakeAsync(target, repository, layer);
            else if (way == 1 || !(await target.MountBlobAsync(repository, layer.Blob.Digest, repository, default)).IsMounted)
                await UploadAsync(target, repository, layer.Blob, await File.ReadAllBytesAsync(layer.File.Path));
            await target.PutManifestAsync(repository, Tag.Parse(tag), manifest, default);
            expected[(name, tag)] = manifest.Digest;
        }
    }

    private static async Task<Dictionary<(string, string), Digest>> ReadAsync(string path)
    {
        var read = new Dictionary<(string, string), Digest>();
        if (!Directory.Exists(path))
            return read;
        await using var source = RegistryTreeSource.Open(path);
        await foreach (var repository in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: false, default))
            {
                var manifest = await source.ReadManifestAsync(repository.Repository!.Value, image.Digest!.Value, default);
                await using var content = await source.OpenBlobAsync(repository.Repository!.Value, manifest.Blobs[0].Digest, 0, default);
                using var reader = new StreamReader(content, Encoding.UTF8);
                Assert.StartsWith("layer ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
                read.Add((repository.Name, image.Name), manifest.Digest);
            }
        return read;
    }

    private static Task PutAsync(RegistryTreeTarget target, UploadSession session, Descriptor blob, byte[] content) =>
        target.PutBlobAsync(session, blob, System.IO.Pipelines.PipeReader.Create(new MemoryStream(content)), default);
}

using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit.Docker;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>What is refused on the way into an archive, and how it comes to its end or not.</summary>
public sealed class EndingArchivesTests : ArchiveWritingTest
{
    private readonly SavedSample _sample = SavedSample.Of("base", "app");

    [Fact]
    public async Task An_index_is_refused_where_another_repository_has_its_children()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        var child = await PushAsync(target, App, _sample, Gzip, "v1");
        var other = RepositoryName.Parse("other");
        Assert.Null(await target.HeadManifestAsync(other, child.Digest, default));
        Assert.Equal(ErrorCode.TargetBlobUnknown, (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(other, Tag.Parse("v1"), IndexOf(child), default))).Error.Code);
        await target.PutManifestAsync(App, Tag.Parse("v2"), IndexOf(child), default);
    }

    [Fact]
    public async Task A_completion_that_is_cancelled_says_so_and_can_be_made_up_for()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        // To be left out, so that all that follows has to move.
        var config = "{}"u8.ToArray();
        await PutAsync(target, new Descriptor("", Digest.OfSha256(config), config.Length), config);
        await PushAsync(target, App, _sample, Gzip, "v1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.CompleteAsync(new CancellationToken(canceled: true)));
        Assert.Contains("anew", Assert.Single(target.Notes), StringComparison.Ordinal);
        await PushAsync(target, App, SavedSample.Of("base", "later"), Gzip, "v2");
        await target.CompleteAsync(default);
        Assert.DoesNotContain(target.Notes, note => note.Contains("anew", StringComparison.Ordinal));
        await using var source = DockerArchiveSource.Open(Path);
        Assert.Equal([null, null], (await ImagesAsync(source, "app")).Select(image => image.Error));
    }

    [Fact]
    public async Task A_move_of_members_that_is_stopped_halfway_is_gone_on_with()
    {
        using var partial = PartialArchive.Create(Path + ".partial");
        var members = new List<StagedMember>();
        for (var i = 0; i < 6; i++)
            members.Add(await partial.AppendAsync(new MemoryStream([.. Enumerable.Repeat((byte)i, 700 * (i + 1))]), ".json", () => Task.CompletedTask, default));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => partial.Compact(
            member =>
            {
                if (member == members[3])
                    stop.Cancel();
                return IsOdd(member);
            },
            stop.Token));
        Assert.Equal(5, partial.Read(members[5])[0]);
        partial.Compact(IsOdd, default);
        foreach (var i in new[] { 1, 3, 5 })
            Assert.Equal([.. Enumerable.Repeat((byte)i, 700 * (i + 1))], partial.Read(members[i]));

        bool IsOdd(StagedMember member) => members.IndexOf(member) % 2 == 1;
    }

    [Theory]
    [InlineData(-9)]
    [InlineData(3)]
    public async Task A_layer_of_another_length_is_called_so(int more)
    {
        var layer = Gzip(_sample.Layers[0].Content);
        var blob = new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256(layer), layer.Length);
        await using var target = DockerArchiveTarget.Create(Path);
        var error = (await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, blob, more > 0 ? [.. layer, .. new byte[more]] : layer[..^-more]))).Error;
        Assert.Equal((ErrorCode.BlobSizeMismatch, ErrorScope.Blob), (error.Code, error.Scope));
    }

    [Fact]
    public async Task A_run_that_ends_before_completion_leaves_no_file()
    {
        await using (var target = DockerArchiveTarget.Create(Path))
            await PushAsync(target, App, _sample, Gzip, "v1");
        Assert.False(File.Exists(Path));
        Assert.False(File.Exists(Path + ".partial"));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_written_over()
    {
        await File.WriteAllBytesAsync(Path + ".partial", new byte[1_000_000]);
        await WriteAsync(target => PushAsync(target, App, _sample, Gzip, "v1"));
        await using var source = DockerArchiveSource.Open(Path);
        Assert.Null(source.Damage);
        Assert.Null(Assert.Single(await ImagesAsync(source, "app")).Error);
    }

    [Fact]
    public async Task A_finished_archive_answers_for_what_it_was_made_from()
    {
        Manifest? pushed = null;
        await WriteAsync(async target => pushed = await PushAsync(target, App, _sample, Gzip, "v1"));
        await using var target = DockerArchiveTarget.Create(Path);
        await target.CheckAsync(default);
        Assert.Equal([Tag.Parse("v1")], await target.ListTagsAsync(App, default));
        Assert.Equal(pushed!.Digest, (await target.ListTagDigestsAsync(App, default))![Tag.Parse("v1")]);
        Assert.Equal(pushed.Digest, await target.HeadManifestAsync(App, Tag.Parse("v1"), default));
        Assert.Equal(pushed.Digest, await target.HeadManifestAsync(App, pushed.Digest, default));
        foreach (var blob in pushed.Blobs)
            Assert.Equal(blob.Size, await target.HeadBlobAsync(App, blob.Digest, default));
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("v2"), default));
        Assert.Equal(ErrorCode.TargetRejected, (await Assert.ThrowsAsync<TransferException>(() => target.StartUploadAsync(App, default))).Error.Code);
        var before = await File.ReadAllBytesAsync(Path);
        await target.CompleteAsync(default);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task An_archive_by_another_program_can_not_be_compared()
    {
        await using var source = Write(archive => archive.Add(_sample, "app:v1"));
        await using var target = DockerArchiveTarget.Create(Path);
        Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("v1"), default));
        Assert.Equal(ErrorCode.TargetRejected, (await Assert.ThrowsAsync<TransferException>(() => target.ListTagDigestsAsync(App, default))).Error.Code);
    }
}

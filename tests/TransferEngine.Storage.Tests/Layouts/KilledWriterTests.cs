using System.Diagnostics;
using System.IO.Pipelines;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>
/// A writer that is killed: all its puts that were answered are there for the next one. The files of a writer at work are what a kill
/// leaves, so they are copied from under it.
/// </summary>
public sealed class KilledWriterTests : LayoutTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task Every_put_that_was_answered_is_known_to_the_next_run_and_completed_by_it(string scheme)
    {
        foreach (var number in Enumerable.Range(0, 5))
            Tree.AddImage("team/app", $"v{number}", "base", $"layer {number}");
        Tree.AddImage("team/app", null, "untagged");
        await using var source = OpenTree();
        await using (var killed = OpenTarget(scheme, "killed/out"))
        {
            await killed.CheckAsync(default);
            await PutAllAsync(source, killed);
            CopyAsAKillWouldLeaveIt();
        }
        await using (var next = OpenTarget(scheme, "left/out"))
        {
            await next.CheckAsync(default);
            await foreach (var image in source.ListImagesAsync(App, untagged: true, default))
                Assert.Equal(image.Digest, await next.HeadManifestAsync(App, image.Tag is { } tag ? tag : image.Digest!.Value, default));
            await next.CompleteAsync(default);
        }
        Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(OpenSource(scheme, "left/out")));
        Assert.DoesNotContain(Directory.EnumerateFiles(PathOf("left"), "*", SearchOption.AllDirectories), file => file.EndsWith(".pending", StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_half_written_blob_and_a_half_written_line_are_as_if_never_begun()
    {
        Tree.AddImage("team/app", "v1", "layer");
        Tree.AddImage("team/app", "v2", "other layer");
        await using var source = OpenTree();
        await using (var killed = OpenTarget("oci-archive", "killed/out"))
        {
            await killed.CheckAsync(default);
            await PutAllAsync(source, killed);
            CopyAsAKillWouldLeaveIt();
        }
        var (partial, journal) = (PathOf("left/out.partial"), PathOf("left/out.partial.pending"));
        using (var file = new FileStream(partial, FileMode.Open))
            file.SetLength(file.Length - 600);
        File.AppendAllText(journal, "team/app v9 sha256:12");

        await using (var next = OpenTarget("oci-archive", "left/out"))
        {
            await next.CheckAsync(default);
            var known = await next.ListTagsAsync(App, default);
            Assert.Equal([Tag.Parse("v1")], known!);
        }
        await CopyAsync(OpenTree(), OpenTarget("oci-archive", "left/out"));
        Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(OpenSource("oci-archive", "left/out")));
    }

    [Theory]
    [InlineData("oci", "layer", "not the layer", ErrorCode.BlobSizeMismatch)]
    [InlineData("oci", "layer", "LAYER", ErrorCode.BlobDigestMismatch)]
    [InlineData("oci-archive", "layer", "lay", ErrorCode.BlobSizeMismatch)]
    [InlineData("oci-archive", "layer", "LAYER", ErrorCode.BlobDigestMismatch)]
    public async Task An_upload_of_other_bytes_leaves_nothing(string scheme, string wanted, string given, string code)
    {
        await using var target = OpenTarget(scheme, "out");
        await target.CheckAsync(default);
        var blob = new Descriptor("", DigestOf(wanted), wanted.Length);
        var session = await target.StartUploadAsync(App, default);
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.PutBlobAsync(session, blob, Content(given), default));
        Assert.Equal(code, failure.Error.Code);
        Assert.Null(await target.HeadBlobAsync(App, blob.Digest, default));
        Assert.Null(await target.FindUploadAsync(session, default));

        await target.PutBlobAsync(session, blob, Content(wanted), default);
        Assert.Equal(wanted.Length, await target.HeadBlobAsync(App, blob.Digest, default));
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task A_manifest_whose_blob_is_missing_is_refused_so_that_it_is_sent_again(string scheme)
    {
        var image = Tree.AddImage("team/app", "v1", "layer");
        await using var source = OpenTree();
        await using var target = OpenTarget(scheme, "out");
        await target.CheckAsync(default);
        var manifest = await source.ReadManifestAsync(App, image.Digest, default);
        var refused = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("v1"), manifest, default));
        Assert.Equal(ErrorCode.TargetBlobUnknown, refused.Error.Code);
    }

    [Fact]
    public async Task An_archive_whose_run_ended_early_says_what_is_left_and_one_that_is_complete_does_not()
    {
        Tree.AddImage("team/app", "v1", "layer");
        await using (var source = OpenTree())
        await using (var target = OpenTarget("oci-archive", "out"))
        {
            await target.CheckAsync(default);
            Assert.Empty(target.Notes);
            await PutAllAsync(source, target);
            Assert.Contains(PathOf("out.partial"), Assert.Single(target.Notes), StringComparison.Ordinal);
        }
        await using var next = OpenTarget("oci-archive", "out");
        await next.CheckAsync(default);
        // Closed, though the user wants to stop: it takes no time, and the archive is whole.
        await next.CompleteAsync(new CancellationToken(canceled: true));
        Assert.Empty(next.Notes);
        Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(OpenSource("oci-archive", "out")));
    }

    [Fact]
    public async Task A_blob_that_comes_again_is_not_written_again()
    {
        await using var target = OpenTarget("oci-archive", "out");
        await target.CheckAsync(default);
        var blob = new Descriptor("", DigestOf("layer"), 5);
        await target.PutBlobAsync(await target.StartUploadAsync(App, default), blob, Content("layer"), default);
        var length = new FileInfo(PathOf("out.partial")).Length;
        await target.PutBlobAsync(await target.StartUploadAsync(App, default), blob, Content("layer"), default);
        Assert.Equal(length, new FileInfo(PathOf("out.partial")).Length);
        var error = (await Assert.ThrowsAsync<TransferException>(async () => await target.PutBlobAsync(await target.StartUploadAsync(App, default), blob, Content("LAYER"), default))).Error;
        Assert.Equal(ErrorCode.BlobDigestMismatch, error.Code);
        Assert.Equal(5, await target.HeadBlobAsync(App, blob.Digest, default));
    }

    // Not by the framework, which asks for a lock on what it opens.
    private void CopyAsAKillWouldLeaveIt()
    {
        using var copy = Process.Start("cp", ["-r", PathOf("killed"), PathOf("left")]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }

    private static PipeReader Content(string text) => PipeReader.Create(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)));
}

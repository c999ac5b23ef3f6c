using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>
/// One damaged image beside a good one: the damaged one is reported with repository, tag, path and reason, the good one arrives, the
/// exit code is 1.
/// </summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private Job _job = null!;
    private StorageTreeBuilder _tree = null!;

    public async Task InitializeAsync()
    {
        _job = await Job.CreateAsync();
        _tree = new StorageTreeBuilder(_job.SourceRoot);
        _tree.AddImage("good/app", "v1", "base", "good");
    }

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Fact]
    public async Task A_zero_byte_tag_link()
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        File.WriteAllBytes(_tree.TagLinkPath("bad/app", "v1"), []);
        await ReportedAsync("bad/app:v1", ErrorCode.TagLinkEmpty, _tree.TagLinkPath("bad/app", "v1"));
    }

    [Fact]
    public async Task A_link_to_a_missing_manifest()
    {
        var digest = _tree.AddImage("bad/app", "v1", "base", "bad").Digest;
        File.Delete(_tree.BlobPath(digest));
        await ReportedAsync("bad/app:v1", ErrorCode.ManifestMissing, _tree.BlobPath(digest));
    }

    [Fact]
    public async Task A_link_to_a_missing_blob()
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        var blob = Digest.OfSha256("bad"u8);
        File.Delete(_tree.BlobPath(blob));
        await ReportedAsync("bad/app:v1", ErrorCode.BlobMissing, _tree.BlobPath(blob));
    }

    [Fact]
    public async Task A_tag_without_a_revision_link()
    {
        var digest = _tree.AddImage("bad/app", "v1", "base", "bad").Digest;
        File.Delete(_tree.RevisionLinkPath("bad/app", digest));
        await ReportedAsync("bad/app:v1", ErrorCode.RevisionMissing, _tree.RevisionLinkPath("bad/app", digest));
    }

    [Fact]
    public async Task A_manifest_that_is_not_JSON()
    {
        var digest = _tree.AddManifest("bad/app", "v1", "<html>"u8).Digest;
        await ReportedAsync("bad/app:v1", ErrorCode.ManifestInvalid, _tree.BlobPath(digest));
    }

    [Fact]
    public async Task A_manifest_over_4_MiB()
    {
        var digest = _tree.AddManifest("bad/app", "v1", Encoding.UTF8.GetBytes("{\"padding\":\"" + new string('x', Manifest.MaxBytes) + "\"}")).Digest;
        await ReportedAsync("bad/app:v1", ErrorCode.ManifestTooLarge, _tree.BlobPath(digest));
    }

    [Fact]
    public async Task A_schema_1_manifest()
    {
        var digest = _tree.AddManifest("bad/app", "v1", """{"schemaVersion":1,"name":"bad/app","tag":"v1","fsLayers":[]}"""u8).Digest;
        // Left out on purpose, as nobody can move it: a tree that holds one can be migrated completely.
        Verify(await _job.MigrateAsync(), "bad/app:v1", ErrorCode.Schema1Unsupported, _tree.BlobPath(digest), exitCode: 0);
        Assert.Equal("skipped", _job.ReportedImages()["bad/app:v1"].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task An_index_with_a_missing_child()
    {
        var child = _tree.AddImage("bad/app", null, "base", "child");
        _tree.AddIndex("bad/app", "v1", [child]);
        File.Delete(_tree.BlobPath(child.Digest));
        await ReportedAsync("bad/app:v1", ErrorCode.IndexChildMissing, _tree.BlobPath(child.Digest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blob_whose_bytes_do_not_match_its_digest(bool verifySource)
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        var blob = Digest.OfSha256("bad"u8);
        File.WriteAllBytes(_tree.BlobPath(blob), "bat"u8);
        await ReportedAsync("bad/app:v1", ErrorCode.BlobDigestMismatch, _tree.BlobPath(blob), verifySource ? ["--verify-source"] : []);
    }

    [Fact]
    public async Task A_blob_that_was_cut_short()
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        var blob = Digest.OfSha256("bad"u8);
        File.WriteAllBytes(_tree.BlobPath(blob), "ba"u8);
        await ReportedAsync("bad/app:v1", ErrorCode.BlobDigestMismatch, _tree.BlobPath(blob));
    }

    [Fact]
    public async Task A_symlink_out_of_the_root()
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        var blob = Digest.OfSha256("bad"u8);
        var outside = _job.InFolder("outside");
        File.Move(_tree.BlobPath(blob), outside);
        File.CreateSymbolicLink(_tree.BlobPath(blob), outside);
        await ReportedAsync("bad/app:v1", ErrorCode.SourceOutsideRoot, _tree.BlobPath(blob));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_read()
    {
        _tree.AddImage("bad/app", "v1", "base", "bad");
        var tags = Path.Combine(_tree.RepositoryFolder("bad/app"), "_manifests/tags");
        File.SetUnixFileMode(tags, UnixFileMode.None);
        // Root may read everything, so the program runs as nobody then; its state and report need a place that nobody may write.
        var asUser = Environment.IsPrivilegedProcess ? "65534" : null;
        File.SetUnixFileMode(Path.GetDirectoryName(_job.SourceRoot)!, (UnixFileMode)0b111_111_111);
        try
        {
            await using var program = TransferProgram.Start(_job.Arguments(), asUser: asUser);
            Verify(await program.EndAsync(), "bad/app:*", ErrorCode.SourceUnreadable, tags);
        }
        finally
        {
            File.SetUnixFileMode(tags, (UnixFileMode)0b111_101_101);
        }
    }

    private async Task ReportedAsync(string image, string code, string path, params string[] arguments) =>
        Verify(await _job.MigrateAsync(arguments), image, code, path);

    private void Verify(ProgramResult result, string image, string code, string path, int exitCode = 1)
    {
        result.AssertExit(exitCode);
        var images = _job.ReportedImages();
        Assert.Equal("migrated", images["good/app:v1"].GetProperty("outcome").GetString(), ignoreCase: true);
        var error = images[image].GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(path, error.GetProperty("path").GetString());
        Assert.Equal("bad/app", error.GetProperty("repository").GetString());
        Assert.NotEqual(JsonValueKind.Null, error.GetProperty("message").ValueKind);
        Assert.Contains(image, result.Errors, StringComparison.Ordinal);
        Assert.Contains(code, result.Errors, StringComparison.Ordinal);
        Assert.Contains(path, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }
}

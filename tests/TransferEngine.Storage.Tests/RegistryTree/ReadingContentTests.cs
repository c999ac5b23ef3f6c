using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class ReadingContentTests : TreeTest
{
    [Fact]
    public async Task A_manifest_is_read_as_the_bytes_that_were_stored()
    {
        var image = Tree.AddImage("a", "latest", "one", "two");

        var manifest = await ManifestAsync("a", image.Digest);

        Assert.Equal(await File.ReadAllBytesAsync(Tree.BlobPath(image.Digest)), manifest.Bytes.ToArray());
        Assert.Equal([DigestOf("one"), DigestOf("two")], manifest.Blobs.Skip(1).Select(blob => blob.Digest));
    }

    [Fact]
    public async Task A_missing_manifest_is_an_error_that_names_where_it_should_be()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        Directory.Delete(Tree.BlobFolder(image.Digest), recursive: true);

        var error = await ErrorOfManifestAsync("a", image.Digest);

        Assert.Equal(ErrorCode.ManifestMissing, error.Code);
        Assert.Equal(Tree.BlobPath(image.Digest), error.Path);
    }

    [Fact]
    public async Task An_empty_manifest_is_damaged()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        Tree.WriteBlob(image.Digest, []);

        var error = await ErrorOfManifestAsync("a", image.Digest);

        Assert.Equal(ErrorCode.ManifestDigestMismatch, error.Code);
        Assert.Contains("empty", error.Message, StringComparison.Ordinal);
        Assert.Equal(Tree.BlobPath(image.Digest), error.Path);
    }

    [Fact]
    public async Task A_changed_manifest_is_damaged()
    {
        var image = Tree.AddImage("a", "latest", "layer");
        Tree.WriteBlob(image.Digest, "{}"u8);

        var error = await ErrorOfManifestAsync("a", image.Digest);

        Assert.Equal(ErrorCode.ManifestDigestMismatch, error.Code);
        Assert.Equal(Tree.BlobPath(image.Digest), error.Path);
    }

    [Fact]
    public async Task A_manifest_that_is_not_JSON_is_an_error_that_names_its_file()
    {
        var image = Tree.AddManifest("a", "latest", "<html>no</html>"u8);

        var error = await ErrorOfManifestAsync("a", image.Digest);

        Assert.Equal(ErrorCode.ManifestInvalid, error.Code);
        Assert.Equal(Tree.BlobPath(image.Digest), error.Path);
    }

    [Fact]
    public async Task A_manifest_over_4_MiB_is_not_read_whole()
    {
        // Sparse: as long as a disk, and nothing in it.
        var digest = DigestOf("huge");
        Tree.WriteBlob(digest, []);
        using (var file = new FileStream(Tree.BlobPath(digest), FileMode.Open))
            file.SetLength(1L << 40);

        var error = await ErrorOfManifestAsync("a", digest);

        Assert.Equal(ErrorCode.ManifestTooLarge, error.Code);
        Assert.Equal(Tree.BlobPath(digest), error.Path);
    }

    [Fact]
    public async Task A_manifest_of_exactly_4_MiB_is_read()
    {
        var head = """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"a":" """;
        var text = head + new string('x', Manifest.MaxBytes - head.Length - 3) + "\"}}";
        var image = Tree.AddManifest("a", "latest", Encoding.UTF8.GetBytes(text));

        Assert.Equal(Manifest.MaxBytes, (await ManifestAsync("a", image.Digest)).Bytes.Length);
    }

    [Fact]
    public async Task A_blob_is_found_by_its_size_and_read_from_an_offset()
    {
        Tree.AddImage("a", "latest", "a layer");
        var layer = DigestOf("a layer");

        Assert.Equal(7, await SizeAsync("a", layer));
        Assert.Equal("a layer", await ContentAsync("a", layer));
        Assert.Equal("layer", await ContentAsync("a", layer, offset: 2));
        Assert.Equal("", await ContentAsync("a", layer, offset: 7));
    }

    [Fact]
    public async Task A_blob_without_layer_link_is_rescued_from_the_global_store()
    {
        Tree.AddImage("a", "latest", "a layer");
        Directory.Delete(Path.Join(Tree.RepositoryFolder("a"), "_layers"), recursive: true);

        Assert.Equal("a layer", await ContentAsync("a", DigestOf("a layer")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blob_that_was_collected_is_not_there(bool emptyFolderRemains)
    {
        Tree.AddImage("a", "latest", "a layer");
        var layer = DigestOf("a layer");
        Directory.Delete(Tree.BlobFolder(layer), recursive: true);
        if (emptyFolderRemains)
            Directory.CreateDirectory(Tree.BlobFolder(layer));

        Assert.Null(await SizeAsync("a", layer));
        var failure = await Assert.ThrowsAsync<TransferException>(() => ContentAsync("a", layer));
        Assert.Equal(ErrorCode.BlobMissing, failure.Error.Code);
        Assert.Equal(ErrorScope.Blob, failure.Error.Scope);
        Assert.Equal(Tree.BlobPath(layer), failure.Error.Path);
        Assert.Equal(layer, failure.Error.Digest);
    }

    [Fact]
    public async Task An_empty_blob_has_size_0()
    {
        var empty = Tree.AddBlob([]);

        Assert.Equal(0, await SizeAsync("a", empty.Digest));
        Assert.Equal("", await ContentAsync("a", empty.Digest));
    }

    [Fact]
    public async Task A_blob_may_be_stored_by_sha512()
    {
        var digest = Sha512Of("content"u8);
        Tree.WriteBlob(digest, "content"u8);

        Assert.Equal("content", await ContentAsync("a", digest));
    }

    [Fact]
    public async Task A_blob_pushed_by_sha512_is_found_through_its_link_to_the_sha256_digest()
    {
        var canonical = Tree.AddBlob("content"u8);
        var digest = Sha512Of("content"u8);
        StorageTreeBuilder.WriteLink(Tree.LayerLinkPath("a", digest), canonical.Digest.ToString());

        Assert.Equal(7, await SizeAsync("a", digest));
        Assert.Equal("content", await ContentAsync("a", digest));
        Assert.Null(await SizeAsync("b", digest));
    }

    [Fact]
    public async Task A_blob_pushed_by_sha512_that_was_collected_is_named_by_the_path_that_it_had()
    {
        var digest = Sha512Of("content"u8);
        StorageTreeBuilder.WriteLink(Tree.LayerLinkPath("a", digest), DigestOf("content").ToString());

        var failure = await Assert.ThrowsAsync<TransferException>(() => ContentAsync("a", digest));

        Assert.Equal((ErrorCode.BlobMissing, digest), (failure.Error.Code, failure.Error.Digest!.Value));
        Assert.Equal(Tree.BlobPath(DigestOf("content")), failure.Error.Path);
        Assert.Equal(failure.Error.Path, Open().Locate(RepositoryName.Parse("a"), digest));
        // Without the link nobody can tell that path.
        Assert.Equal(Tree.LayerLinkPath("b", digest), Open().Locate(RepositoryName.Parse("b"), digest));
    }

    [Fact]
    public async Task A_folder_where_a_blob_should_be_is_an_error()
    {
        var digest = DigestOf("layer");
        Directory.CreateDirectory(Tree.BlobPath(digest));

        var failure = await Assert.ThrowsAsync<TransferException>(() => SizeAsync("a", digest));

        Assert.Equal(ErrorCode.SourceUnreadable, failure.Error.Code);
        Assert.Equal(Tree.BlobPath(digest), failure.Error.Path);
    }

    [Fact]
    public async Task The_file_of_a_blob_is_known_again_until_its_content_or_itself_is_another()
    {
        var blob = Tree.AddBlob("a layer"u8);
        await using var source = Open();
        var first = await FileAsync(source, blob.Digest);
        Assert.Equal((Tree.BlobPath(blob.Digest), 7), (first.Path, first.Length));
        Assert.Equal(first, await FileAsync(source, blob.Digest));

        File.SetLastWriteTimeUtc(first.Path, DateTime.UnixEpoch.AddMilliseconds(1.5));
        var touched = await FileAsync(source, blob.Digest);
        Assert.Equal((first.Stamp!.Value.Inode, 1_500_000), (touched.Stamp!.Value.Inode, touched.Stamp.Value.ModifiedAt));

        // Kept under another name, so that the file system can't give its number again.
        File.Move(first.Path, first.Path + ".old");
        Tree.WriteBlob(blob.Digest, "a layer"u8);
        Assert.NotEqual(first.Stamp.Value.Inode, (await FileAsync(source, blob.Digest)).Stamp!.Value.Inode);
    }

    [Fact]
    public async Task A_cancelled_read_does_not_happen()
    {
        Tree.AddBlob("x"u8);
        await using var source = Open();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAsync<TaskCanceledException>(async () => await source.FindBlobAsync(RepositoryName.Parse("a"), DigestOf("x"), cancelled));
    }

    private static Digest Sha512Of(ReadOnlySpan<byte> content) => Digest.Parse("sha512:" + new string('0', 128)).SameAlgorithmOver(content);

    private static async Task<BlobFile> FileAsync(IImageSource source, Digest digest) =>
        (await source.FindFileAsync(RepositoryName.Parse("a"), digest, default))!;
}

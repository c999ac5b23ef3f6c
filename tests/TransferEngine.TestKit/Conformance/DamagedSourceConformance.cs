using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

/// <summary>What is asked of a source that may lack contents or hold wrong ones: of all but packages, which are whole or refused.</summary>
public abstract class DamagedSourceConformance : ExactSourceConformance
{
    [Fact]
    public async Task A_blob_that_a_manifest_names_and_nobody_holds_is_missing()
    {
        var blob = One.Manifest.Blobs[^1].Digest;
        var source = await SourceOf(Plain().Without(blob));
        Assert.Equal(One.Digest, (await source.FindImageAsync(App, V1, default))?.Digest);
        Assert.Null(await source.FindBlobAsync(App, blob, default));
        var error = await RefusedAsync(async () => await source.OpenBlobAsync(App, blob, 0, default));
        Assert.Equal((ErrorCode.BlobMissing, ErrorScope.Blob, blob), (error.Code, error.Scope, error.Digest!.Value));
        Assert.Equal(Two.Blobs[Two.Manifest.Blobs[^1].Digest], await ContentAsync(source, App, Two.Manifest.Blobs[^1].Digest));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task A_blob_has_the_size_that_it_is_held_with_whatever_its_manifest_says(int more)
    {
        var blob = One.Manifest.Blobs[^1];
        var held = more > 0 ? [.. One.Blobs[blob.Digest], .. new byte[more]] : One.Blobs[blob.Digest][..^-more];
        var source = await SourceOf(new ImageSet().With(App, "v1", One).WithWrong(blob.Digest, held));
        Assert.Equal(held.Length, await source.FindBlobAsync(App, blob.Digest, default));
        await using (var content = await source.OpenBlobAsync(App, blob.Digest, 0, default))
        {
            Assert.Equal(held.Length, content.BlobLength ?? held.Length);
            Assert.Equal(held, await ReadAsync(content));
        }
        if (await source.FindFileAsync(App, blob.Digest, default) is { } file)
            Assert.Equal(held.Length, file.Length);
    }

    [Fact]
    public async Task A_child_that_is_not_there_is_missing_and_its_index_is_not()
    {
        var index = ImageContent.IndexOf(One.Manifest, Two.Manifest);
        var source = await SourceOf(new ImageSet().With(App, null, One).With(App, "v1", index));
        Assert.Equal(index.Digest, (await source.FindImageAsync(App, V1, default))?.Digest);
        Assert.Equal(2, (await source.ReadManifestAsync(App, index.Digest, default)).Children.Count);
        var error = await RefusedAsync(async () => await source.ReadManifestAsync(App, Two.Digest, default));
        Assert.True(error.Code is ErrorCode.ManifestMissing or ErrorCode.RevisionMissing, error.ToString());
        Assert.Equal(ErrorScope.Image, error.Scope);
    }

    [Fact]
    public async Task A_child_whose_bytes_do_not_match_is_damaged_and_its_neighbour_is_not()
    {
        var index = ImageContent.IndexOf(One.Manifest, Two.Manifest);
        var set = new ImageSet().With(App, null, One).With(App, null, Two).With(App, "v1", index)
            .WithManifest(App, null, Two.Digest, One.Manifest.Bytes.ToArray());
        var source = await SourceOf(set);
        var error = await RefusedAsync(async () => await source.ReadManifestAsync(App, Two.Digest, default));
        // A server that looks itself does not hand it out.
        Assert.True(error.Code is ErrorCode.ManifestDigestMismatch or ErrorCode.ManifestMissing, error.ToString());
        Assert.Equal(ErrorScope.Image, error.Scope);
        Assert.Equal(One.Digest, (await source.ReadManifestAsync(App, One.Digest, default)).Digest);
    }
}

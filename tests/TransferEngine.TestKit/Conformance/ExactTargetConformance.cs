using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

/// <summary>
/// What is asked of a target that keeps manifests as they are, whatever they name: of all but those that keep images in docker's own form.
/// What was put is read back by the form's own source.
/// </summary>
public abstract partial class ExactTargetConformance : TargetConformance
{
    /// <summary>A source over all that was put, after the target was completed and closed.</summary>
    protected abstract Task<IImageSource> ReadBackAsync();

    private async Task<IImageSource> CompleteAndReadAsync()
    {
        await Target.CompleteAsync(default);
        await Target.DisposeAsync();
        return await ReadBackAsync();
    }

    private async Task ComesBackAsync(RepositoryName repository, ImageContent image)
    {
        await HasTagAsync(repository, V1, image.Digest);
        await using var source = await CompleteAndReadAsync();
        var found = await source.FindImageAsync(repository, V1, default);
        Assert.Equal(image.Digest, found?.Digest);
        var manifest = await source.ReadManifestAsync(repository, image.Digest, default);
        Assert.Equal(image.Manifest.Bytes.ToArray(), manifest.Bytes.ToArray());
        Assert.Equal(image.Manifest.MediaType, manifest.MediaType);
        foreach (var (digest, content) in image.Blobs)
            await using (var stream = await source.OpenBlobAsync(repository, digest, 0, default))
                Assert.Equal(content, await ReadAsync(stream));
    }

    /// <summary>Puts an image, and reads it back.</summary>
    private async Task ComesBackAsync(ImageContent image)
    {
        await PutImageAsync(App, V1, image);
        await ComesBackAsync(App, image);
    }

    /// <summary>A manifest by hand, over a config and the blobs that are given.</summary>
    private static ImageContent ByHand(Func<string, string> json, params byte[][] layers)
    {
        var config = One.Manifest.Blobs[0];
        byte[][] contents = [One.Blobs[config.Digest], .. layers];
        var image = $$"""{"mediaType":"{{MediaType.OciConfig}}","digest":"{{config.Digest}}","size":{{config.Size}}}""";
        return new ImageContent(ImageContent.Parse(Encoding.UTF8.GetBytes(json(image))), contents.DistinctBy(content => Digest.OfSha256(content)).ToDictionary(content => Digest.OfSha256(content)));
    }

    private static ImageContent WithLayers(params (Descriptor Layer, byte[] Content)[] layers)
    {
        var config = One.Manifest.Blobs[0];
        var manifest = ImageContent.Parse(ManifestWriter.Image(new ImageSpec(config, [.. layers.Select(layer => layer.Layer)])));
        var blobs = new Dictionary<Digest, byte[]> { [config.Digest] = One.Blobs[config.Digest] };
        foreach (var (layer, content) in layers.Where(layer => !layer.Layer.IsForeign))
            blobs[layer.Digest] = content;
        return new ImageContent(manifest, blobs);
    }

    private static (Descriptor, byte[]) LayerOf(byte[] content) => (new Descriptor("", Digest.OfSha256(content), content.Length), content);
}

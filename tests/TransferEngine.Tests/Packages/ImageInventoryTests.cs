using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Packages;

/// <summary>A source's images with their manifests, and what is wrong with some.</summary>
public sealed class ImageInventoryTests
{
    private readonly MemorySource _source = new();

    [Fact]
    public async Task An_index_comes_with_its_children_and_all_their_blobs_once()
    {
        var child = _source.AddImage("a", null, "layer", "layer");
        var index = _source.AddIndex("a", "v1", child);
        var image = Assert.Single(await ReadAsync(new ImageInventory(_source)));
        Assert.Equal([child, index], image.Manifests.Select(manifest => manifest.Digest));
        Assert.Equal(index, image.Root.Digest);
        Assert.Equal(2, image.Blobs.Count);
    }

    [Fact]
    public async Task An_image_without_its_blob_is_told_unless_the_blob_is_elsewhere()
    {
        _source.AddImage("a", "v1", "layer");
        _source.AddImage("b", "v1", "other");
        var missing = _source.AddBlob("layer").Digest;
        _source.Blobs.Remove(missing);
        var images = await ReadAsync(new ImageInventory(_source));
        Assert.Equal(ErrorCode.BlobMissing, images[0].Problem?.Error?.Code);
        Assert.Null(images[1].Problem);
        Assert.All(await ReadAsync(new ImageInventory(_source) { Elsewhere = new HashSet<Digest> { missing } }), image => Assert.Null(image.Problem));
    }

    [Fact]
    public async Task Selection_and_mapping_hold_and_what_is_damaged_is_told()
    {
        _source.AddImage("a", "v1", "layer");
        _source.AddImage("a", "v2", "layer");
        _source.AddDamaged("b", "v1", ErrorCode.TagLinkEmpty);
        _source.AddRepository("c");
        _source.Unlistable.Add(RepositoryName.Parse("c"));
        var images = await ReadAsync(new ImageInventory(_source) { Selection = new ImageSelection(includeTags: ["v1"]), Mapping = RepositoryMapping.Parse(["prefix=x/"]) });
        Assert.Equal("x/a", images[0].Name.ToString());
        Assert.Equal(Tag.Parse("v1"), images[0].Tag);
        Assert.Equal([ErrorCode.TagLinkEmpty, ErrorCode.SourceUnreadable], images.Skip(1).Select(image => image.Problem!.Error!.Code));
    }

    private static async Task<List<InventoryImage>> ReadAsync(ImageInventory inventory)
    {
        var images = new List<InventoryImage>();
        await foreach (var image in inventory.ReadAsync(default))
            images.Add(image);
        return images;
    }
}

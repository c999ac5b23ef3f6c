using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class ExactTargetConformance
{
    [Fact]
    public async Task An_index_comes_after_its_children_and_comes_back_with_them()
    {
        var index = ImageContent.IndexOf(One.Manifest, Two.Manifest);
        await PutImageAsync(App, One.Digest, One);
        await PutImageAsync(App, Two.Digest, Two);
        await Target.PutManifestAsync(App, V1, index, default);
        Assert.Equal(One.Digest, await HeadAsync(App, (Reference)One.Digest));
        await HasTagAsync(App, V1, index.Digest);
        await using var source = await CompleteAndReadAsync();
        var read = await source.ReadManifestAsync(App, index.Digest, default);
        Assert.Equal(index.Bytes.ToArray(), read.Bytes.ToArray());
        foreach (var image in new[] { One, Two })
        {
            Assert.Equal(image.Manifest.Bytes.ToArray(), (await source.ReadManifestAsync(App, image.Digest, default)).Bytes.ToArray());
            foreach (var (digest, content) in image.Blobs)
                await using (var stream = await source.OpenBlobAsync(App, digest, 0, default))
                    Assert.Equal(content, await ReadAsync(stream));
        }
    }

    [Fact]
    public async Task An_index_is_refused_while_a_child_is_missing_and_nothing_is_under_the_tag()
    {
        var index = ImageContent.IndexOf(One.Manifest, Two.Manifest);
        await PutImageAsync(App, One.Digest, One);
        // The blobs of a child are not the child.
        await PutBlobsAsync(App, Two);
        await RefusedManifestAsync(App, V1, index);
        await RefusedManifestAsync(App, index.Digest, index);
        await LacksTagAsync(App, V1);
        Assert.Null(await HeadAsync(App, (Reference)index.Digest));
        await Target.PutManifestAsync(App, Two.Digest, Two.Manifest, default);
        await Target.PutManifestAsync(App, V1, index, default);
        await HasTagAsync(App, V1, index.Digest);
    }

    [Fact]
    public async Task An_index_is_taken_just_where_a_HEAD_finds_its_children()
    {
        await PutImageAsync(App, V1, One);
        await PutBlobsAsync(Other, One);
        var index = ImageContent.IndexOf(One.Manifest);
        if (await HeadAsync(Other, (Reference)One.Digest) is not null)
        {
            await Target.PutManifestAsync(Other, V2, index, default);
            await HasTagAsync(Other, V2, index.Digest);
            return;
        }
        await RefusedManifestAsync(Other, V2, index);
        await LacksTagAsync(Other, V2);
    }

    [Fact]
    public async Task An_index_that_was_refused_leaves_its_tag_where_it_was()
    {
        await PutImageAsync(App, V1, One);
        await RefusedManifestAsync(App, V1, ImageContent.IndexOf(One.Manifest, Two.Manifest));
        await HasTagAsync(App, V1, One.Digest);
    }

    [Fact]
    public async Task An_index_may_name_an_index()
    {
        var inner = ImageContent.IndexOf(One.Manifest);
        var outer = ImageContent.IndexOf(inner, Two.Manifest);
        await PutImageAsync(App, One.Digest, One);
        await PutImageAsync(App, Two.Digest, Two);
        await RefusedManifestAsync(App, V1, outer);
        await Target.PutManifestAsync(App, inner.Digest, inner, default);
        await Target.PutManifestAsync(App, V1, outer, default);
        await HasTagAsync(App, V1, outer.Digest);
        await using var source = await CompleteAndReadAsync();
        foreach (var manifest in new[] { outer, inner, One.Manifest, Two.Manifest })
            Assert.Equal(manifest.Bytes.ToArray(), (await source.ReadManifestAsync(App, manifest.Digest, default)).Bytes.ToArray());
    }

    [Fact]
    public async Task A_child_may_have_a_tag_of_its_own_and_be_in_two_indexes()
    {
        var (first, second) = (ImageContent.IndexOf(One.Manifest), ImageContent.IndexOf(One.Manifest, Two.Manifest));
        await PutImageAsync(App, V1, One);
        await PutImageAsync(App, Two.Digest, Two);
        await Target.PutManifestAsync(App, V2, first, default);
        await Target.PutManifestAsync(App, Tag.Parse("v3"), second, default);
        await HasTagAsync(App, V1, One.Digest);
        await HasTagAsync(App, V2, first.Digest);
        await HasTagAsync(App, Tag.Parse("v3"), second.Digest);
    }

    [Fact]
    public async Task Sizes_that_an_index_states_wrongly_are_not_looked_at()
    {
        var index = ImageContent.Parse(ManifestWriter.Index([ImageContent.DescriptorOf(One.Manifest) with { Size = 7 }], ManifestFormat.Oci));
        await PutImageAsync(App, One.Digest, One);
        await Target.PutManifestAsync(App, V1, index, default);
        await HasTagAsync(App, V1, index.Digest);
    }

    [Fact]
    public async Task Many_indexes_and_their_children_come_at_once()
    {
        await PutBlobsAsync(App, One);
        await PutBlobsAsync(App, Two);
        var index = ImageContent.IndexOf(One.Manifest, Two.Manifest);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(writer => Task.Run(async () =>
        {
            await Target.PutManifestAsync(App, One.Digest, One.Manifest, default);
            await Target.PutManifestAsync(App, Two.Digest, Two.Manifest, default);
            await Target.PutManifestAsync(App, Tag.Parse($"t{writer % 4}"), index, default);
        }))).WaitAsync(Patience);
        for (var tag = 0; tag < 4; tag++)
            await HasTagAsync(App, Tag.Parse($"t{tag}"), index.Digest);
    }

    [Fact]
    public async Task What_no_tag_names_comes_back_by_its_digest()
    {
        await PutImageAsync(App, V1, One);
        await PutImageAsync(App, Two.Digest, Two);
        await using var source = await CompleteAndReadAsync();
        Assert.Equal(Two.Manifest.Bytes.ToArray(), (await source.ReadManifestAsync(App, Two.Digest, default)).Bytes.ToArray());
        Assert.Equal(
            Is(TargetLimits.NamesByDigest) ? [V1.ToString(), Two.Digest.ToString()] : [V1.ToString()],
            await source.ListNamesAsync(App, untagged: false, default).ToListAsync());
    }
}

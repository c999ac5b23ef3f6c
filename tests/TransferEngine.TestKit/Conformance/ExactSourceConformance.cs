using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

/// <summary>What is asked of a source that keeps manifests and blobs as they were pushed, sound or damaged: of all but those in docker's own form.</summary>
public abstract partial class ExactSourceConformance : SourceConformance
{
    /// <summary>Names of repositories that could be taken for something else.</summary>
    protected virtual IReadOnlyList<string> OddNames => ["a", "a/b", "a-b", "a/b/c", "tags/link"];

    /// <summary>Whether it tells what refers to an image by <c>subject</c>.</summary>
    protected virtual bool ListsReferrers => true;

    [Fact]
    public async Task An_image_has_the_digest_and_the_bytes_that_it_was_pushed_with()
    {
        var docker = ImageContent.Of(ManifestFormat.Docker, "base", "docker");
        var source = await SourceOf(Plain().With(Other, "docker", docker));
        foreach (var (repository, tag, image) in new[] { (App, "v1", One), (App, "latest", One), (App, "v2", Two), (Other, "docker", docker) })
        {
            Assert.Equal(new SourceImage(tag, Tag.Parse(tag), image.Digest), await source.FindImageAsync(repository, Tag.Parse(tag), default));
            var manifest = await source.ReadManifestAsync(repository, image.Digest, default);
            Assert.Equal(image.Manifest.Bytes.ToArray(), manifest.Bytes.ToArray());
            Assert.Equal(image.Manifest.MediaType, manifest.MediaType);
            foreach (var (digest, content) in image.Blobs)
                Assert.Equal(content, await ContentAsync(source, repository, digest));
        }
    }

    [Fact]
    public async Task An_index_is_read_with_its_children()
    {
        var inner = ImageContent.IndexOf(Two.Manifest);
        var outer = ImageContent.IndexOf(One.Manifest, inner);
        var source = await SourceOf(new ImageSet().With(App, null, One).With(App, null, Two).With(App, null, inner).With(App, "v1", outer));
        Assert.Equal(outer.Digest, Assert.Single(await ImagesAsync(source, App)).Digest);
        foreach (var manifest in new[] { outer, inner, One.Manifest, Two.Manifest })
            Assert.Equal(manifest.Bytes.ToArray(), (await source.ReadManifestAsync(App, manifest.Digest, default)).Bytes.ToArray());
        Assert.Equal([One.Digest, inner.Digest], (await source.ReadManifestAsync(App, outer.Digest, default)).Children.Select(child => child.Digest));
        foreach (var (digest, content) in Two.Blobs)
            Assert.Equal(content, await ContentAsync(source, App, digest));
        Assert.NotNull(await source.FindImageAsync(App, Two.Digest, default));
    }

    [Fact]
    public async Task An_image_without_a_tag_is_listed_where_it_is_asked_for()
    {
        var source = await SourceOf(new ImageSet().With(App, "v1", One).With(App, null, Two));
        Assert.Equal(HasDigestsForNames ? [Two.Digest.ToString(), "v1"] : ["v1"], (await NamesAsync(source, App)).Order(StringComparer.Ordinal));
        if (!ListsUntagged)
        {
            Assert.Equal(ErrorCode.EndpointInvalid, (await RefusedAsync(() => ImagesAsync(source, App, untagged: true))).Code);
            Assert.Equal(ErrorCode.EndpointInvalid, (await RefusedAsync(() => NamesAsync(source, App, untagged: true))).Code);
        }
        else
        {
            Assert.Equal([new SourceImage("v1", V1, One.Digest), new SourceImage(Two.Digest.ToString(), null, Two.Digest)], (await ImagesAsync(source, App, untagged: true)).OrderBy(image => image.Tag is null));
            Assert.Equal(new[] { "v1", Two.Digest.ToString() }.Order(StringComparer.Ordinal), (await NamesAsync(source, App, untagged: true)).Order(StringComparer.Ordinal));
        }
        Assert.Equal(new SourceImage(Two.Digest.ToString(), null, Two.Digest), await source.FindImageAsync(App, Two.Digest, default));
    }

    [Fact]
    public async Task What_refers_to_an_image_is_listed_for_it_alone()
    {
        var signature = ImageContent.ReferringTo(One.Manifest, "signature");
        var bill = ImageContent.ReferringTo(One.Manifest, "bill of materials");
        var source = await SourceOf(new ImageSet().With(App, "v1", One).With(App, "v2", Two).With(App, null, signature).With(App, null, bill));
        var listed = await source.ListReferrersAsync(App, One.Digest, default).ToListAsync();
        Assert.Equal(ListsReferrers ? new[] { signature.Digest, bill.Digest }.Order() : [], listed.Order());
        Assert.Empty(await source.ListReferrersAsync(App, Two.Digest, default).ToListAsync());
        Assert.Empty(await source.ListReferrersAsync(App, Unknown, default).ToListAsync());
        Assert.Equal(One.Digest, (await source.ReadManifestAsync(App, signature.Digest, default)).Subject?.Digest);
    }

    [Fact]
    public async Task A_signature_by_its_tag_is_a_tag_like_any_other()
    {
        var tag = $"sha256-{One.Digest.Hex}.sig";
        var source = await SourceOf(new ImageSet().With(App, "v1", One).With(App, tag, Two));
        Assert.Equal(new[] { "v1", tag }.Order(StringComparer.Ordinal), (await NamesAsync(source, App)).Order(StringComparer.Ordinal));
        Assert.Equal(Two.Digest, (await source.FindImageAsync(App, Tag.Parse(tag), default))?.Digest);
    }

    [Fact]
    public async Task Names_that_look_like_something_else_are_names()
    {
        string[] tags = ["_x", "link", "current", "index", "V1", "latest", new string('t', Tag.MaxLength)];
        string[] repositories = [.. OddNames];
        var set = new ImageSet();
        foreach (var repository in repositories)
            foreach (var tag in tags)
                set.With(RepositoryName.Parse(repository), tag, One);
        var source = await SourceOf(set);
        Assert.Equal(repositories.Order(StringComparer.Ordinal), (await source.ListRepositoriesAsync(default).ToListAsync()).Select(repository => repository.Name).Order(StringComparer.Ordinal));
        foreach (var repository in repositories)
            Assert.Equal(tags.Order(StringComparer.Ordinal), (await NamesAsync(source, RepositoryName.Parse(repository))).Order(StringComparer.Ordinal));
    }

    /// <summary>A manifest over a config and these layers, with all of their contents.</summary>
    private static ImageContent WithLayers(params byte[][] layers)
    {
        var config = One.Manifest.Blobs[0];
        var manifest = ImageContent.Parse(ManifestWriter.Image(new ImageSpec(config, [.. layers.Select(layer => new Descriptor("", Digest.OfSha256(layer), layer.Length))])));
        byte[][] contents = [One.Blobs[config.Digest], .. layers];
        return new ImageContent(manifest, contents.DistinctBy(content => Digest.OfSha256(content)).ToDictionary(content => Digest.OfSha256(content)));
    }

    private static ImageContent ByHand(Func<string, string> json)
    {
        var config = One.Manifest.Blobs[0];
        var text = $$"""{"mediaType":"{{MediaType.OciConfig}}","digest":"{{config.Digest}}","size":{{config.Size}}}""";
        return new ImageContent(ImageContent.Parse(Encoding.UTF8.GetBytes(json(text))), new Dictionary<Digest, byte[]> { [config.Digest] = One.Blobs[config.Digest] });
    }
}

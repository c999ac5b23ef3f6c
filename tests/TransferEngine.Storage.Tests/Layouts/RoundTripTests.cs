using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>One set of images, from form to form: every digest stays.</summary>
public sealed class RoundTripTests : LayoutTest
{
    [Theory]
    [InlineData("oci", "oci")]
    [InlineData("oci", "oci-archive")]
    [InlineData("oci-archive", "oci")]
    [InlineData("oci-archive", "oci-archive")]
    public async Task Images_of_every_kind_keep_their_digests_from_a_tree_through_two_layouts(string first, string second)
    {
        AddImagesOfEveryKind();
        await CopyAsync(OpenTree(), OpenTarget(first, "first.one"));
        await CopyAsync(OpenSource(first, "first.one"), OpenTarget(second, "second.two"));

        var expected = await DescribeAsync(OpenTree());
        Assert.Equal(expected, await DescribeAsync(OpenSource(first, "first.one")));
        Assert.Equal(expected, await DescribeAsync(OpenSource(second, "second.two")));
        Assert.Contains(expected, line => line.StartsWith("example.com/app:v1 ", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains(" for sha256:", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains("@sha256:", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains("has sha512:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Blobs_of_a_tree_get_into_a_layout_by_hard_link_and_back_out_of_it()
    {
        var image = Tree.AddImage("team/app", "v1", "a layer");
        await CopyAsync(OpenTree(), TargetLayout());
        File.AppendAllText(Tree.BlobPath(DigestOf("a layer")), " and more");

        await using var source = OpenLayout();
        var file = await source.FindFileAsync(RepositoryName.Parse("team/app"), DigestOf("a layer"), default);
        Assert.Equal("a layer and more", File.ReadAllText(file!.Path));
        Assert.Equal(file.Path, source.Locate(RepositoryName.Parse("team/app"), DigestOf("a layer")));
        Assert.Equal(image.Digest, (await source.FindImageAsync(RepositoryName.Parse("team/app"), Tag.Parse("v1"), default))!.Digest);
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task Back_in_a_storage_tree_they_are_what_they_were(string scheme)
    {
        AddImagesOfEveryKind();
        await CopyAsync(OpenTree(), OpenTarget(scheme, "layout.x"));
        await CopyAsync(OpenSource(scheme, "layout.x"), RegistryTreeTarget.Open(PathOf("tree"), new RegistryTreeTargetOptions(), TimeProvider.System));
        Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(RegistryTreeSource.Open(PathOf("tree"))));
    }

    private void AddImagesOfEveryKind()
    {
        var oci = Tree.AddImage("team/app", "v1", "base", "own");
        Tree.Tag("team/app", "_x", oci.Digest);
        Tree.AddImage("team/other", "current", "base", "");
        Tree.AddImage("example.com/app", "v1", "base");
        Tree.AddImage("team/app", null, "nobody names this");
        var config = Tree.AddBlob("{\"os\":\"linux\"}"u8);
        var docker = Tree.AddImage("docker", "v2", new ImageSpec(config, [Tree.AddBlob("base"u8)]) { Format = ManifestFormat.Docker });
        Tree.AddIndex("docker", "list", [docker], ManifestFormat.Docker);
        Tree.AddImage("plain", "latest", new ImageSpec(config, [Tree.AddBlob("base"u8)]) { OmitMediaType = true });

        var long512 = Digest.Parse("sha512:" + new string('0', 128)).SameAlgorithmOver("long digest"u8);
        Tree.WriteBlob(long512, "long digest"u8);
        Tree.AddImage("team/app", "sha512", new ImageSpec(config, [new Descriptor("", long512, "long digest".Length)]));

        var child = Tree.AddImage("team/app", null, "arm");
        var inner = Tree.AddIndex("team/app", null, [oci, child]);
        var outer = Tree.AddIndex("team/app", "nested", [inner with { MediaType = MediaType.OciIndex }]);
        foreach (var (subject, text) in new[] { (oci, "signature"), (outer, "sbom") })
            Tree.AddImage("team/app", null, new ImageSpec(config, [Tree.AddBlob(Encoding.UTF8.GetBytes(text))]) { Subject = subject });
    }
}

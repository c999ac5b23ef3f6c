using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>How each tool names what it puts into a layout, and what that comes to.</summary>
public sealed class OthersLayoutsTests : LayoutTest
{
    private const string Cosign = "dev.cosignproject.cosign/";
    private const string Hauler = "dev.hauler/";

    /// <summary>The tool, its ref name, its containerd name, and the image.</summary>
    public static TheoryData<string, string?, string?, string> Tools => new()
    {
        { "skopeo copy … oci:layout:v1", "v1", null, "layout:v1" },
        { "skopeo copy … oci:layout:team/app:v1", "team/app:v1", null, "team/app:v1" },
        { "umoci init; umoci new --image layout:v1", "v1", null, "layout:v1" },
        { "oras cp --to-oci-layout … layout:v1", "v1", null, "layout:v1" },
        { "regctl image copy … ocidir://layout:v1", "v1", null, "layout:v1" },
        { "podman save --format oci-archive, by name", "docker.io/library/alpine:3.20", null, "library/alpine:3.20" },
        { "podman save --format oci-archive, built here", "localhost/app:v1", null, "app:v1" },
        { "ctr images export", "3.20", "docker.io/library/alpine:3.20", "library/alpine:3.20" },
        { "ctr images export, by digest", "@{digest}", "docker.io/library/alpine@{digest}", "library/alpine@{digest}" },
        { "docker save of the containerd image store", "1.2", "docker.io/library/web:1.2", "library/web:1.2" },
        { "docker buildx build -o type=oci,name=…", "v1", "docker.io/team/app:v1", "team/app:v1" },
        { "docker buildx build -o type=oci", null, null, "layout:latest" },
        { "rules_oci: oci_image, oci_image_index", null, null, "layout:latest" },
        { "rules_oci: oci_load(format = oci)", "index.docker.io/team/app:v1", null, "team/app:v1" },
        { "crane pull --format oci", null, null, "layout:latest" },
        { "crane pull --format oci --annotate-ref", "index.docker.io/library/alpine:3.20", null, "library/alpine:3.20" },
        { "kaniko --oci-layout-path", null, null, "layout:latest" },
    };

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task An_image_has_the_name_that_its_tool_gave_it(string tool, string? refName, string? containerdName, string expected)
    {
        Assert.NotEmpty(tool);
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        string? Of(string? name) => name?.Replace("{digest}", image.Digest.ToString(), StringComparison.Ordinal);
        layout.Name(image, Of(refName), Of(containerdName)).Finish();
        Assert.Equal([Of(expected)!], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task An_index_of_rules_oci_under_several_tags_has_all_of_them()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var index = layout.AddIndex(layout.AddImage("amd64"), layout.AddImage("arm64"));
        layout.Name(index, "team/app:v1").Name(index, "team/app:latest").Finish();
        Assert.Equal(["team/app:v1", "team/app:latest"], await NamesAsync(OpenLayout()));
    }

    [Theory]
    [InlineData(Cosign, false)]
    [InlineData(Cosign, true)]
    [InlineData(Hauler, false)]
    [InlineData(Hauler, true)]
    public async Task Signatures_attestations_and_bills_go_by_tags_of_their_image_wherever_they_stand(string prefix, bool imageLast)
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        var others = new[] { ("sigs", layout.AddImage("signature")), ("atts", layout.AddImage("attestation")), ("sboms", layout.AddImage("bill")) };
        if (!imageLast)
            layout.Name(image, "acme/web:1.2", "docker.io/acme/web:1.2", prefix + "image");
        foreach (var (kind, other) in others)
            layout.Name(other, "acme/web:1.2", "docker.io/acme/web:1.2", prefix + kind);
        if (imageLast)
            layout.Name(image, "acme/web:1.2", "docker.io/acme/web:1.2", prefix + "image");
        layout.Finish();
        await using var source = OpenLayout();
        Assert.Equal(Named("acme/web", "1.2", image.Digest, "sig", "att", "sbom"), await NamesAsync(source));
        await HasAsync(source, "acme/web", "1.2", image.Digest);
        await HasAsync(source, "acme/web", $"sha256-{image.Digest.Hex}.sig", others[0].Item2.Digest);
        await HasAsync(source, "acme/web", $"sha256-{image.Digest.Hex}.sbom", others[2].Item2.Digest);
        Assert.Empty(source.Notes);
        Assert.Equal(Named("acme/web", "1.2", image.Digest, "sig", "att", "sbom"), await NamesAsync(OpenLayout(only: "acme/web:1.2")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cosign_save_without_names_is_one_image_with_what_belongs_to_it(bool imageLast)
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (image, signature) = (layout.AddIndex(layout.AddImage("amd64"), layout.AddImage("arm64")), layout.AddImage("signature"));
        if (!imageLast)
            layout.Name(image, kind: Cosign + "imageIndex");
        layout.Name(signature, kind: Cosign + "sigs");
        if (imageLast)
            layout.Name(image, kind: Cosign + "imageIndex");
        layout.Finish();
        await using var source = OpenLayout();
        Assert.Equal(Named("layout", "latest", image.Digest, "sig"), await NamesAsync(source));
        await HasAsync(source, "layout", $"sha256-{image.Digest.Hex}.sig", signature.Digest);
        Assert.Empty(source.Notes);
    }

    [Fact]
    public async Task Cosign_save_by_digest_keeps_the_image_and_its_signature()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (image, signature) = (layout.AddImage("layer"), layout.AddImage("signature"));
        var name = $"index.docker.io/acme/web@{image.Digest}";
        layout.Name(signature, name, kind: Cosign + "sigs").Name(image, name, kind: Cosign + "image").Finish();
        Assert.Equal([$"acme/web:sha256-{image.Digest.Hex}.sig", $"acme/web@{image.Digest}"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task An_index_of_haulers_takes_the_name_that_its_images_have_too()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (amd64, arm64) = (layout.AddImage("amd64"), layout.AddImage("arm64"));
        var (index, signature, own) = (layout.AddIndex(amd64, arm64), layout.AddImage("signature"), layout.AddImage("signature of arm64"));
        layout.Name(amd64, "acme/web:1.2", kind: Hauler + "image").Name(own, "acme/web:1.2", kind: $"{Hauler}sigs/{arm64.Digest.Hex}")
            .Name(signature, "acme/web:1.2", kind: Hauler + "sigs").Name(arm64, "acme/web:1.2", kind: Hauler + "image")
            .Name(index, "acme/web:1.2", kind: Hauler + "imageIndex").Finish();
        await using var source = OpenLayout();
        Assert.Equal(3, (await NamesAsync(source)).Count);
        await HasAsync(source, "acme/web", "1.2", index.Digest);
        await HasAsync(source, "acme/web", $"sha256-{index.Digest.Hex}.sig", signature.Digest);
        await HasAsync(source, "acme/web", $"sha256-{arm64.Digest.Hex}.sig", own.Digest);
    }

    [Fact]
    public async Task What_hauler_named_by_its_tag_already_keeps_it_and_referrers_go_by_their_subject()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        var (signature, bundle) = (layout.AddImage("signature"), layout.AddImage("bundle", subject: image));
        layout.Name(image, "acme/web:1.2", kind: Hauler + "image")
            .Name(signature, $"acme/web:sha256-{image.Digest.Hex}.sig", kind: Hauler + "sigs")
            .Name(bundle, "acme/web:1.2", kind: $"{Hauler}referrers/{bundle.Digest.Hex}").Finish();
        await using var source = OpenLayout();
        Assert.Equal(Named("acme/web", "1.2", image.Digest, "sig"), await NamesAsync(source));
        Assert.Equal([bundle.Digest], await source.ListReferrersAsync(RepositoryName.Parse("acme/web"), image.Digest, default).ToListAsync());
    }

    [Fact]
    public async Task A_signature_that_belongs_to_nothing_in_the_layout_has_no_name()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var signature = layout.AddImage("signature");
        layout.Name(layout.AddImage("one"), "one:v1").Name(layout.AddImage("two"), "two:v1").Name(signature, "three:v1", kind: Cosign + "sigs").Finish();
        await using var source = OpenLayout();
        Assert.Equal(["one:v1", "two:v1"], await NamesAsync(source));
        Assert.Contains("1 entry of the layout has no name", Assert.Single(source.Notes), StringComparison.Ordinal);
        Assert.Contains($"layout@{signature.Digest}", await NamesAsync(OpenLayout(), untagged: true));
    }

    [Fact]
    public async Task A_layout_of_cosigns_that_is_added_to_keeps_what_belongs_to_its_image()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (image, signature) = (layout.AddImage("layer"), layout.AddImage("signature"));
        layout.Name(signature, kind: Cosign + "sigs").Name(image, kind: Cosign + "image").Finish();
        var tag = Tag.Parse($"sha256-{image.Digest.Hex}.sig");
        await using (var target = TargetLayout())
        {
            await target.CheckAsync(default);
            Assert.Equal(signature.Digest, await target.HeadManifestAsync(RepositoryName.Parse("layout"), tag, default));
            Assert.Contains(tag, await target.ListTagsAsync(RepositoryName.Parse("layout"), default) ?? new HashSet<Tag>());
        }
        Tree.AddImage("team/app", "v1", "new");
        await CopyAsync(OpenTree(), TargetLayout());
        await using var source = OpenLayout();
        Assert.Equal([.. Named("layout", "latest", image.Digest, "sig").Order(StringComparer.Ordinal), "team/app:v1"], (await NamesAsync(source)).Order(StringComparer.Ordinal));
        await HasAsync(source, "layout", tag.ToString(), signature.Digest);
    }

    [Fact]
    public async Task A_cache_of_buildkits_whose_index_names_layers_is_an_image_like_others()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (layer, config) = (layout.AddBlob("layer"u8), layout.AddBlob("{}"u8));
        var cache = layout.AddBlob(Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[
            {"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{layer.Digest}}","size":{{layer.Size}}},
            {"mediaType":"application/vnd.buildkit.cacheconfig.v0","digest":"{{config.Digest}}","size":{{config.Size}}}]}
            """), MediaType.OciIndex);
        layout.Name(cache, "team/app:cache").Finish();
        await CopyAsync(OpenLayout(), OpenTarget("oci-archive", "copy.tar"));
        Assert.Equal(await DescribeAsync(OpenLayout()), await DescribeAsync(OpenSource("oci-archive", "copy.tar")));
    }

    private static List<string> Named(string repository, string tag, Digest image, params string[] suffixes) =>
        [$"{repository}:{tag}", .. suffixes.Select(suffix => $"{repository}:sha256-{image.Hex}.{suffix}")];

    private static async Task HasAsync(IImageSource source, string repository, string tag, Digest digest) =>
        Assert.Equal(digest, (await source.FindImageAsync(RepositoryName.Parse(repository), Tag.Parse(tag), default))?.Digest);
}

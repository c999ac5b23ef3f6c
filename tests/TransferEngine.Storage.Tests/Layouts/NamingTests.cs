using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>What the names in a layout come to, whoever wrote it.</summary>
public sealed class NamingTests : LayoutTest
{
    [Theory]
    [InlineData("v1", "layout:v1")]
    [InlineData("app:v1", "app:v1")]
    [InlineData("team/app", "team/app:latest")]
    [InlineData("team/app:v1", "team/app:v1")]
    [InlineData("docker.io/library/alpine:3.20", "library/alpine:3.20")]
    [InlineData("localhost/app:v1", "app:v1")]
    [InlineData("localhost:5000/team/app:v1", "team/app:v1")]
    [InlineData("localhost/example.com/app:v1", "example.com/app:v1")]
    [InlineData("Team/App:v1", "Team/App REPOSITORY_NAME_INVALID")]
    [InlineData("app:-no-tag", "app TAG_INVALID")]
    [InlineData("../../etc:v1", "../etc REPOSITORY_NAME_INVALID")]
    public async Task A_name_gives_repository_and_tag_without_its_host(string name, string expected)
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("layer"), name).Finish();
        Assert.Equal([expected], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task A_tag_alone_in_an_archive_belongs_to_a_repository_named_as_the_file()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("layer"), "v1").Finish();
        Pack("layout", "My-App.tar");
        Assert.Equal(["my-app:v1"], await NamesAsync(OpenSource("oci-archive", "My-App.tar")));
    }

    [Fact]
    public async Task The_full_reference_that_docker_save_writes_goes_before_its_ref_name()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("one"), "3.20", "docker.io/library/alpine:3.20").Name(layout.AddImage("two"), "3.20", "quay.io/team/app:3.20").Finish();
        Assert.Equal(["library/alpine:3.20", "team/app:3.20"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task The_only_image_of_a_layout_needs_no_name_also_with_referrers()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("layer");
        var signature = layout.AddImage("signature", subject: image);
        layout.Name(signature).Name(image).Finish();
        await using var source = OpenLayout();
        Assert.Equal(["layout:latest"], await NamesAsync(source));
        Assert.Equal([signature.Digest], await source.ListReferrersAsync(RepositoryName.Parse("layout"), image.Digest, default).ToListAsync());
    }

    [Fact]
    public async Task Further_images_without_a_name_are_untagged_and_counted()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (named, unnamed) = (layout.AddImage("one"), layout.AddImage("two"));
        layout.Name(named, "v1").Name(unnamed).Name(layout.AddImage("three")).Name(unnamed).Finish();
        await using (var source = OpenLayout())
        {
            Assert.Equal(["layout:v1"], await NamesAsync(source));
            var note = Assert.Single(source.Notes);
            Assert.StartsWith("2 entries of the layout have no name", note, StringComparison.Ordinal);
            Assert.Contains("--untagged", note, StringComparison.Ordinal);
        }
        await using var all = OpenLayout();
        Assert.Equal(3, (await NamesAsync(all, untagged: true)).Count);
        Assert.Contains($"layout@{unnamed.Digest}", await NamesAsync(all, untagged: true));
        Assert.Empty(all.Notes);
    }

    [Fact]
    public async Task What_is_named_by_its_digest_is_an_image_that_nobody_has_to_ask_for()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (image, pinned) = (layout.AddImage("one"), layout.AddImage("two"));
        var (signature, stray) = (layout.AddImage("signature", subject: image), layout.AddImage("other signature", subject: new Descriptor(MediaType.OciManifest, DigestOf("gone"), 1)));
        layout.Name(image, "team/app:v1").Name(pinned, $"quay.io/team/app@{pinned.Digest}").Name(image, $"team/app@{image.Digest}")
            .Name(signature, $"team/app@{signature.Digest}").Name(stray, $"team/app@{stray.Digest}").Finish();
        await using var source = OpenLayout();
        Assert.Equal(["team/app:v1", $"team/app@{pinned.Digest}", $"team/app@{stray.Digest}"], await NamesAsync(source));
        Assert.Equal(["team/app:v1", $"team/app@{pinned.Digest}", $"team/app@{signature.Digest}", $"team/app@{stray.Digest}"], await NamesAsync(source, untagged: true));
        Assert.Equal([signature.Digest], await source.ListReferrersAsync(RepositoryName.Parse("team/app"), image.Digest, default).ToListAsync());
        Assert.Empty(source.Notes);
    }

    [Fact]
    public async Task An_index_without_a_name_is_a_list_if_its_entries_have_names()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var inner = layout.AddList((layout.AddImage("one"), "team/one:v1"));
        var outer = layout.AddList((layout.AddImage("two"), "team/two:v1"), (layout.AddIndex(layout.AddImage("arm")), "team/multi:v1"));
        layout.Name(inner).Name(outer).Finish();
        Assert.Equal(["team/multi:v1", "team/one:v1", "team/two:v1"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task A_name_in_the_address_narrows_to_it_however_the_host_is_written()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("one"), "docker.io/team/app:v1").Name(layout.AddImage("two"), "v2").Name(layout.AddImage("three")).Finish();
        Assert.Equal(["team/app:v1"], await NamesAsync(OpenLayout(only: "team/app:v1"), untagged: true));
        Assert.Equal(["layout:v2"], await NamesAsync(OpenLayout(only: "v2"), untagged: true));
        var refused = Assert.Throws<TransferException>(() => OpenLayout(only: "v3"));
        Assert.Equal((ErrorCode.SourceNotFound, ErrorScope.Endpoint), (refused.Error.Code, refused.Error.Scope));
        Assert.Contains("docker.io/team/app:v1", refused.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_manifests_with_one_name_the_first_keeps_it_and_the_other_is_reported()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (first, second) = (layout.AddImage("one"), layout.AddImage("two"));
        layout.Name(first, "app:v1").Name(second, "app:v1").Name(first, "app:v1").Finish();
        await using var source = OpenLayout();
        Assert.Equal(["app:v1", "app TAG_INVALID"], await NamesAsync(source));
        Assert.Equal(first.Digest, (await source.FindImageAsync(RepositoryName.Parse("app"), Tag.Parse("v1"), default))!.Digest);
    }

    [Fact]
    public async Task Two_hosts_with_different_images_of_one_name_are_told_before_anything_is_listed()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (first, second) = (layout.AddImage("one"), layout.AddImage("two"));
        layout.Name(layout.AddImage("three"), "other:v1").Name(first, "docker.io/team/app:v1").Name(second, "quay.io/team/app:v1").Finish();
        var error = (await Assert.ThrowsAsync<TransferException>(() => NamesAsync(OpenLayout()))).Error;
        Assert.Equal((ErrorCode.MappingCollision, ErrorScope.Endpoint), (error.Code, error.Scope));
        foreach (var named in new[] { "docker.io", "quay.io", "team/app:v1" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);

        // To be added to, it is as good as any.
        await using var target = TargetLayout();
        await target.CheckAsync(default);
        await using var source = OpenLayout(only: "quay.io/team/app:v1");
        Assert.Equal(["team/app:v1"], await NamesAsync(source));
        Assert.Equal(second.Digest, (await source.FindImageAsync(RepositoryName.Parse("team/app"), Tag.Parse("v1"), default))!.Digest);
    }

    [Fact]
    public async Task One_image_by_the_names_of_two_hosts_is_one()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var image = layout.AddImage("one");
        layout.Name(image, "docker.io/team/app:v1").Name(image, "quay.io/team/app:v1").Finish();
        Assert.Equal(["team/app:v1"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task Keys_count_in_any_case_and_of_repeated_ones_the_last()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var (image, other) = (layout.AddImage("one"), layout.AddImage("two"));
        File.WriteAllText(Path.Join(PathOf("layout"), "oci-layout"), """{"ImageLayoutVersion":"1.0.0"}""");
        layout.Finish($$$"""{"manifests":[],"SchemaVersion":2,"Manifests":[{"MediaType":"{{{image.MediaType}}}","digest":"{{{other.Digest}}}","Digest":"{{{image.Digest}}}","size":{{{image.Size}}},"annotations":{"org.opencontainers.image.ref.name":"team/app:v0","org.opencontainers.image.ref.name":"team/app:v1"}}]}""");
        await using (var source = OpenLayout())
        {
            Assert.Equal(["team/app:v1"], await NamesAsync(source));
            Assert.Equal(image.Digest, (await source.FindImageAsync(RepositoryName.Parse("team/app"), Tag.Parse("v1"), default))!.Digest);
        }
        Tree.AddImage("team/app", "v2", "new");
        await CopyAsync(OpenTree(), TargetLayout());
        Assert.Equal(["team/app:v1", "team/app:v2"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task Content_that_is_no_image_is_left_out_and_said_so()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("one"), "app:v1").Name(layout.AddBlob("text"u8, "text/plain"), "app:text").Finish();
        await using var source = OpenLayout();
        Assert.Equal(["app:v1"], await NamesAsync(source));
        Assert.Contains("1 entry", Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_are_written_under_names_that_skopeo_addresses()
    {
        Tree.AddImage("team/app", "v1", "layer");
        var untagged = Tree.AddImage("team/app", null, "other");
        Tree.AddImage("example.com/app", "v1", "layer");
        await CopyAsync(OpenTree(), TargetLayout());
        var index = JsonNode.Parse(File.ReadAllBytes(Path.Join(PathOf("layout"), "index.json")))!;
        Assert.Equal(
            ["localhost/example.com/app:v1", "team/app:v1", $"team/app@{untagged.Digest}"],
            index["manifests"]!.AsArray().Select(entry => (string)entry!["annotations"]!["org.opencontainers.image.ref.name"]!).Order(StringComparer.Ordinal));
    }
}

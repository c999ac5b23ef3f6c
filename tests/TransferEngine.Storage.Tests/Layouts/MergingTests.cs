using System.Text.Json.Nodes;
using TransferEngine.Images;
using TransferEngine.Storage.Layouts;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>A layout that holds something already, and one that is written by many at once.</summary>
public sealed class MergingTests : LayoutTest
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task What_a_layout_holds_stays_and_is_known(string scheme)
    {
        var first = Tree.AddImage("team/app", "v1", "layer");
        await CopyAsync(OpenTree(), OpenTarget(scheme, "merged"));
        Tree.AddImage("team/other", "v2", "another layer");
        await using (var target = OpenTarget(scheme, "merged"))
        {
            await target.CheckAsync(default);
            Assert.Equal(first.Digest, await target.HeadManifestAsync(App, Tag.Parse("v1"), default));
            Assert.Equal([Tag.Parse("v1")], (await target.ListTagsAsync(App, default))!);
            Assert.Equal(first.Digest, (await target.ListTagDigestsAsync(App, default))![Tag.Parse("v1")]);
            Assert.Empty((await target.ListTagsAsync(RepositoryName.Parse("team/other"), default))!);
            Assert.Equal("layer".Length, await target.HeadBlobAsync(App, DigestOf("layer"), default));
            Assert.True((await target.MountBlobAsync(RepositoryName.Parse("any"), DigestOf("layer"), App, default)).IsMounted);
            Assert.False((await target.MountBlobAsync(App, DigestOf("not there"), App, default)).IsMounted);
        }
        await CopyAsync(OpenTree(), OpenTarget(scheme, "merged"));
        Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(OpenSource(scheme, "merged")));
    }

    [Fact]
    public async Task A_look_changes_nothing()
    {
        await using (var target = TargetLayout())
        {
            await target.CheckAsync(default);
            Assert.Null(await target.HeadManifestAsync(App, Tag.Parse("v1"), default));
        }
        Assert.False(Directory.Exists(PathOf("layout")));
    }

    [Fact]
    public async Task Entries_of_others_stay_as_they_were_and_a_tag_keeps_its_name_when_it_moves()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        var old = layout.AddImage("old");
        layout.Finish($$$"""{"schemaVersion":2,"annotations":{"own":"kept"},"manifests":[{"mediaType":"{{{old.MediaType}}}","digest":"{{{old.Digest}}}","size":{{{old.Size}}},"annotations":{"io.containerd.image.name":"docker.io/team/app:3.20","org.opencontainers.image.ref.name":"3.20"}},{"mediaType":"text/plain","digest":"{{{old.Digest}}}","size":1,"x-own":{"a":[1]}}]}""");
        var moved = Tree.AddImage("team/app", "3.20", "new");
        await CopyAsync(OpenTree(), TargetLayout());
        var index = JsonNode.Parse(File.ReadAllBytes(Path.Join(PathOf("layout"), "index.json")))!;
        Assert.Equal("kept", (string?)index["annotations"]!["own"]);
        var entries = index["manifests"]!.AsArray();
        Assert.Equal(2, entries.Count);
        Assert.Equal(moved.Digest.ToString(), (string?)entries[0]!["digest"]);
        Assert.Equal("docker.io/team/app:3.20", (string?)entries[0]!["annotations"]!["org.opencontainers.image.ref.name"]);
        Assert.Equal("""{"a":[1]}""", entries[1]!["x-own"]!.ToJsonString());
        Assert.Equal(["team/app:3.20"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task The_only_image_gets_a_name_before_it_is_one_of_two()
    {
        var layout = new LayoutWriter(PathOf("layout"));
        layout.Name(layout.AddImage("old")).Finish();
        Tree.AddImage("team/app", "v1", "new");
        await CopyAsync(OpenTree(), TargetLayout());
        Assert.Equal(["layout:latest", "team/app:v1"], await NamesAsync(OpenLayout()));
    }

    [Fact]
    public async Task Many_put_at_once_and_all_is_there()
    {
        foreach (var number in Enumerable.Range(0, 40))
            Tree.AddImage($"team/app{number % 4}", $"v{number}", "shared", $"layer {number}");
        foreach (var scheme in new[] { "oci", "oci-archive" })
        {
            await using var source = OpenTree();
            await using var target = OpenTarget(scheme, "at-once." + scheme);
            await target.CheckAsync(default);
            var images = new List<(RepositoryName Repository, SourceImage Image)>();
            await foreach (var listed in source.ListRepositoriesAsync(default))
                await foreach (var image in source.ListImagesAsync(listed.Repository!.Value, untagged: false, default))
                    images.Add((listed.Repository.Value, image));
            await Parallel.ForEachAsync(images, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (image, _) =>
                await PutImageAsync(source, target, image.Repository, image.Image));
            await target.CompleteAsync(default);
            Assert.Equal(await DescribeAsync(OpenTree()), await DescribeAsync(OpenSource(scheme, "at-once." + scheme)));
        }
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task What_a_layout_holds_is_read_back(string scheme)
    {
        Tree.AddImage("team/app", "v1", "layer");
        await CopyAsync(OpenTree(), OpenTarget(scheme, "merged"));
        await using var target = OpenTarget(scheme, "merged");
        await target.CheckAsync(default);
        using var content = new StreamReader(await target.ReadBackAsync(App, DigestOf("layer"), default) ?? Stream.Null);
        Assert.Equal("layer", await content.ReadToEndAsync());
        var file = await target.FindFileAsync(App, DigestOf("layer"), default);
        Assert.Equal(scheme == "oci" ? "layer" : null, file is null ? null : await File.ReadAllTextAsync(file.Path));
    }

    [Fact]
    public async Task Thousands_that_refer_to_one_image_are_written_and_found_again()
    {
        const int Referrers = 3000;
        var image = Tree.AddImage("team/app", "v1", "layer");
        var config = Tree.AddBlob("{}"u8);
        for (var i = 0; i < Referrers; i++)
            Tree.AddImage("team/app", null, new ImageSpec(config, [Tree.AddBlob(BitConverter.GetBytes(i))]) { Subject = image });
        await CopyAsync(OpenTree(), TargetLayout(), untagged: false);
        await using var source = OpenLayout();
        Assert.Equal(["team/app:v1"], await NamesAsync(source));
        Assert.Equal(Referrers, await source.ListReferrersAsync(App, image.Digest, default).CountAsync());
        await using var next = TargetLayout();
        await foreach (var referrer in source.ListReferrersAsync(App, image.Digest, default))
            Assert.Equal(referrer, await next.HeadManifestAsync(App, referrer, default));
    }

    [Fact]
    public void An_index_takes_no_more_than_is_read_again()
    {
        const int Room = 20_000;
        var index = new LayoutIndex(Room);
        var count = 0;
        for (; !index.IsFull; count++)
        {
            var bytes = ManifestWriter.Image(new ImageSpec(new Descriptor("", DigestOf($"{count}"), 1), []));
            index.Put(App, count % 2 == 0 ? Tag.Parse($"v{count}") : Digest.OfSha256(bytes), ManifestReader.Read(bytes, Digest.OfSha256(bytes)));
        }
        Assert.InRange(count, 20, 60);
        Assert.InRange(LayoutIndexFile.Write(index, null).Length, Room / 3, Room);
    }

    [Fact]
    public async Task A_folder_of_other_things_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(PathOf("layout"));
        File.WriteAllText(Path.Join(PathOf("layout"), "holiday.txt"), "sun");
        await using var target = TargetLayout();
        var refused = await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(default));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (refused.Error.Code, refused.Error.Scope));
        Assert.Equal(["holiday.txt"], Directory.EnumerateFileSystemEntries(PathOf("layout")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task Two_processes_can_not_write_one_layout(string scheme)
    {
        Tree.AddImage("team/app", "v1", "layer");
        await using var source = OpenTree();
        await using var first = OpenTarget(scheme, "shared");
        await using var second = OpenTarget(scheme, "shared");
        await first.CheckAsync(default);
        await second.CheckAsync(default);
        await PutAllAsync(source, first);
        var refused = await Assert.ThrowsAsync<TransferException>(() => PutAllAsync(source, second));
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (refused.Error.Code, refused.Error.Scope));
    }

    [Fact]
    public void A_target_takes_no_name()
    {
        var refused = Assert.Throws<TransferException>(() => OciLayoutTarget.Create(new LayoutAddress(PathOf("layout"), "v1")));
        Assert.Equal(ErrorCode.EndpointInvalid, refused.Error.Code);
        Assert.Equal(new LayoutAddress(PathOf("layout"), "team/app:v1"), LayoutAddress.Parse(PathOf("layout") + "/:team/app:v1"));
        Assert.Throws<TransferException>(() => LayoutAddress.Parse(":v1"));
    }
}

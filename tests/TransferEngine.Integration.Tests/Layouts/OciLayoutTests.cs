using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Layouts;

/// <summary>OCI image layouts, with skopeo as the other one who reads and writes them.</summary>
public sealed class OciLayoutTests : IDisposable
{
    private static readonly SampleTreeOptions Small = new() { Repositories = 8, TaggedImages = 40, MaxLayerBytes = 8 * 1024 };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task Skopeo_reads_the_images_of_a_layout_that_we_wrote(string scheme)
    {
        var tree = SampleTree.Build(_folder.Of("tree"), Small);
        var layout = $"{scheme}:{_folder.Of("layout")}";
        await MigrateAsync(tree.Root, layout);
        foreach (var image in Some(tree))
        {
            var folder = _folder.Of(Guid.NewGuid().ToString("N"));
            await Skopeo.RunAsync("copy", "--all", "--preserve-digests", $"{layout}:{image.Name}", $"dir:{folder}");
            Assert.Equal(image.Manifest.Digest, Digest.OfSha256(await File.ReadAllBytesAsync(Path.Join(folder, "manifest.json"))));
        }
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task We_read_the_layouts_that_skopeo_writes(string scheme)
    {
        var tree = SampleTree.Build(_folder.Of("tree"), Small);
        await using var source = await ServedRegistry.StartAsync(tree.Root);
        Directory.CreateDirectory(_folder.Of("target"));
        await using var target = await DockerRegistry.StartAsync(_folder.Of("target"));
        var images = Some(tree);
        foreach (var image in images)
        {
            // An archive of skopeo's holds one image; a folder takes them all.
            var path = _folder.Of(scheme == "oci" ? "layout" : Guid.NewGuid().ToString("N"));
            await Skopeo.RunAsync("copy", "--all", "--preserve-digests", "--src-tls-verify=false", $"docker://{source.Host}/{image.Name}", $"{scheme}:{path}:{image.Name}");
            if (scheme == "oci-archive")
                await MigrateAsync($"{scheme}:{path}", $"docker://{target.Host}");
        }
        if (scheme == "oci")
            await MigrateAsync($"{scheme}:{_folder.Of("layout")}", $"docker://{target.Host}");
        await Comparison.HoldsAllTagsAsync(target.Host, tree with { Tagged = images });
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    public async Task A_run_that_is_killed_while_it_writes_a_layout_goes_on_and_ends_complete(string scheme)
    {
        var tree = SampleTree.Build(_folder.Of("tree"), new SampleTreeOptions { Repositories = 20, TaggedImages = 120, MaxLayerBytes = 128 * 1024 });
        var layout = $"{scheme}:{_folder.Of("layout")}";
        await using var source = await DockerRegistry.StartAsync(tree.Root);
        await using var line = new TcpProxy(source.Port);
        string[] arguments = ["migrate", $"docker://{line.Host}", layout, "--src-tls-verify", "false", "--state-dir", _folder.Of("state")];
        for (var kill = 1; kill <= 3; kill++)
            await KilledProgram.RunAsync(line, tree.Manifests / 5, request => request.IsManifestGet, arguments);
        var last = await TransferProgram.RunAsync([.. arguments, "--trust-journal"]);
        last.AssertExit(0);
        // What it believed of its journal is there, too.
        last.Verification!.AssertExit(0);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Some images and indexes, as far as skopeo can have them in a layout: it finds only those of OCI's media types there, and by its
    /// grammar of names no tag that begins with an underscore.
    /// </summary>
    private static List<SampleImage> Some(SampleTree tree) =>
        [.. tree.Tagged.Where(image => image.Manifest.MediaType is MediaType.OciManifest or MediaType.OciIndex && !$"{image.Name}".Contains(":_", StringComparison.Ordinal))
            .GroupBy(image => image.Manifest.MediaType, StringComparer.Ordinal).SelectMany(group => group.Take(3))];

    private async Task MigrateAsync(string source, string target, params string[] further)
    {
        var result = await TransferProgram.RunAsync(["migrate", source, target, "--state-dir", _folder.Of("state"), .. further]);
        result.AssertExit(0);
        result.Verification!.AssertExit(0);
    }
}

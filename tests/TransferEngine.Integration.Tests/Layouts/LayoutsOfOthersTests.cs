using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Layouts;

/// <summary>Layouts of cosign, hauler and docker, and those that skopeo has written over and over.</summary>
public sealed class LayoutsOfOthersTests : IAsyncLifetime
{
    private static readonly ImageContent One = ImageContent.Of("base", "one");
    private static readonly ImageContent Two = ImageContent.Of("base", "two");
    private static readonly ImageContent Signature = ImageContent.Of("signature");
    private static readonly RepositoryName Web = RepositoryName.Parse("acme/web");

    private readonly TemporaryFolder _folder = new();
    private DockerRegistry _target = null!;
    private int _jobs;

    private string Layout => _folder.Of("layout");

    public async Task InitializeAsync() => _target = await DockerRegistry.StartAsync(_folder.Of("target"));

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("acme/web:1.2", false, "acme/web")]
    [InlineData("acme/web:1.2", true, "acme/web")]
    [InlineData(null, false, "layout")]
    [InlineData(null, true, "layout")]
    public async Task An_image_of_cosign_save_gets_its_name_and_its_signature_the_tag_that_cosign_looks_for(string? name, bool signatureFirst, string repository)
    {
        WriteLayout(Layout, One, Signature);
        var entries = new[] { Entry(One.Manifest, name, "dev.cosignproject.cosign/image"), Entry(Signature.Manifest, name, "dev.cosignproject.cosign/sigs") };
        WriteIndex(Layout, signatureFirst ? [.. entries.Reverse()] : entries);
        var result = await MigrateAsync($"oci:{Layout}");
        Assert.True(result.ExitCode == 0, result.ToString());
        await HasAsync($"{repository}:{(name is null ? "latest" : "1.2")}", One.Digest);
        await HasAsync($"{repository}:sha256-{One.Digest.Hex}.sig", Signature.Digest);
    }

    [Fact]
    public async Task What_skopeo_left_without_a_name_is_told_and_taken_on_request()
    {
        await using var source = await DockerRegistry.StartAsync(new ImageSet().With(Web, "v1", One).With(Web, "v2", Two).WriteTree(_folder.Of("source")));
        // The second copy takes the name from the first, whose entry stays.
        foreach (var tag in new[] { "v1", "v2" })
            await Skopeo.RunAsync("copy", "--all", "--preserve-digests", "--src-tls-verify=false", $"docker://{source.Host}/{Web}:{tag}", $"oci:{Layout}:acme/web:latest");
        var named = await MigrateAsync($"oci:{Layout}");
        Assert.True(named.ExitCode == 0, named.ToString());
        Assert.Contains("1 entry of the layout has no name", named.Output + named.Errors, StringComparison.Ordinal);
        await HasAsync("acme/web:latest", Two.Digest);
        var all = await MigrateAsync($"oci:{Layout}", "--untagged");
        Assert.True(all.ExitCode == 0, all.ToString());
        await HasAsync($"layout@{One.Digest}", One.Digest);
    }

    [Fact]
    public async Task Two_hosts_with_different_images_of_one_name_end_the_run_before_anything_moves()
    {
        WriteLayout(Layout, One, Two);
        WriteIndex(Layout, Entry(One.Manifest, "docker.io/acme/web:1.2"), Entry(Two.Manifest, "quay.io/acme/web:1.2"));
        var result = await MigrateAsync($"oci:{Layout}");
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("docker.io and quay.io", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(_target.Requests, request => request.Method is "POST" or "PUT");
        var one = await MigrateAsync($"oci:{Layout}:quay.io/acme/web:1.2");
        Assert.True(one.ExitCode == 0, one.ToString());
        await HasAsync("acme/web:1.2", Two.Digest);
    }

    [Fact]
    public async Task Docker_save_of_one_platform_of_three_is_that_image_and_as_a_layout_says_what_to_do()
    {
        var saved = WriteSaved();
        var byDocker = await MigrateAsync($"docker-archive:{saved}");
        Assert.True(byDocker.ExitCode == 0, byDocker.ToString());
        await Skopeo.RunAsync("copy", "--src-tls-verify=false", $"docker://{_target.Host}/web:1.2", $"dir:{_folder.Of("copied")}");

        var whole = await MigrateAsync($"oci-archive:{saved}");
        Assert.True(whole.ExitCode == 1, whole.ToString());
        Assert.Contains("--platform", whole.Errors, StringComparison.Ordinal);
        var one = await MigrateAsync($"oci-archive:{saved}", "--platform", "linux/amd64");
        Assert.True(one.ExitCode == 0, one.ToString());
        var config = await Skopeo.RunAsync("inspect", "--config", "--raw", "--tls-verify=false", $"docker://{_target.Host}/library/web:1.2");
        Assert.Equal(One.Manifest.Blobs[0].Digest, Digest.OfSha256(Encoding.UTF8.GetBytes(config)));
    }

    [Fact]
    public async Task Colons_in_a_path_that_exists_belong_to_it()
    {
        var layout = _folder.Of("12:30/layout:all");
        WriteLayout(layout, One, Two);
        WriteIndex(layout, Entry(One.Manifest, "acme/web:1"), Entry(Two.Manifest, "acme/web:2"));
        var one = await MigrateAsync($"oci:{layout}:acme/web:2");
        Assert.True(one.ExitCode == 0, one.ToString());
        Assert.Contains("1 migrated", one.Output + one.Errors, StringComparison.Ordinal);
        var all = await MigrateAsync($"oci:{layout}");
        Assert.True(all.ExitCode == 0, all.ToString());
        await HasAsync("acme/web:1", One.Digest);
        foreach (var archive in new[] { "oci-archive", "docker-archive" })
        {
            var written = await TransferProgram.RunAsync("migrate", $"oci:{layout}", $"{archive}:{_folder.Of("12:30/" + archive)}", "--state-dir", _folder.Of("state-" + archive));
            Assert.True(written.ExitCode == 0, written.ToString());
            var read = await MigrateAsync($"{archive}:{_folder.Of("12:30/" + archive)}:acme/web:2");
            Assert.True(read.ExitCode == 0, read.ToString());
        }
    }

    private Task<ProgramResult> MigrateAsync(string source, params string[] further) =>
        TransferProgram.RunAsync(["migrate", source, $"docker://{_target.Host}", "--state-dir", _folder.Of($"state-{_jobs++}"), .. further]);

    private async Task HasAsync(string image, Digest digest) =>
        Assert.Equal(digest, Digest.OfSha256(Encoding.UTF8.GetBytes(await Skopeo.RunAsync("inspect", "--raw", "--tls-verify=false", $"docker://{_target.Host}/{image}"))));

    /// <summary>A layout that has the images, by names that its index is yet to give them.</summary>
    private static void WriteLayout(string path, params ImageContent[] images)
    {
        var set = new ImageSet();
        foreach (var image in images)
            set.With(Web, null, image);
        set.WriteLayout(path);
    }

    private static void WriteIndex(string layout, params object[] entries) =>
        File.WriteAllBytes(Path.Join(layout, "index.json"), JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, manifests = entries }));

    private static object Entry(Manifest manifest, string? name, string? kind = null)
    {
        var annotations = new Dictionary<string, string>();
        if (name is not null)
            (annotations["org.opencontainers.image.ref.name"], annotations["io.containerd.image.name"]) = (name, name);
        if (kind is not null)
            annotations["kind"] = kind;
        return new { mediaType = manifest.MediaType, digest = manifest.Digest.ToString(), size = manifest.Bytes.Length, annotations };
    }

    /// <summary>What docker saves with the containerd image store: an index of three platforms of which one was pulled, and its own list beside it.</summary>
    private string WriteSaved()
    {
        var platforms = new[] { ("amd64", One.Manifest), ("arm64", Two.Manifest), ("s390x", Signature.Manifest) };
        var index = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = MediaType.OciIndex,
            manifests = platforms.Select(one => new { mediaType = one.Item2.MediaType, digest = one.Item2.Digest.ToString(), size = one.Item2.Bytes.Length, platform = new { architecture = one.Item1, os = "linux" } }),
        });
        var manifest = ImageContent.Parse(index);
        string Of(Digest digest) => $"blobs/sha256/{digest.Hex}";
        var entry = new
        {
            mediaType = manifest.MediaType,
            digest = manifest.Digest.ToString(),
            size = index.Length,
            annotations = new Dictionary<string, string> { ["io.containerd.image.name"] = "docker.io/library/web:1.2", ["org.opencontainers.image.ref.name"] = "1.2" },
        };
        var saved = new { Config = Of(One.Manifest.Blobs[0].Digest), RepoTags = new[] { "web:1.2" }, Layers = One.Manifest.Blobs.Skip(1).Select(blob => Of(blob.Digest)) };
        var members = new Dictionary<string, byte[]>
        {
            ["oci-layout"] = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray(),
            [Of(manifest.Digest)] = index,
            [Of(One.Digest)] = One.Manifest.Bytes.ToArray(),
            ["index.json"] = JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, mediaType = MediaType.OciIndex, manifests = new[] { entry } }),
            ["manifest.json"] = JsonSerializer.SerializeToUtf8Bytes(new[] { saved }),
        };
        foreach (var (digest, content) in One.Blobs)
            members[Of(digest)] = content;
        using var tar = new TarWriter(File.Create(_folder.Of("saved.tar")));
        foreach (var (name, content) in members)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        return _folder.Of("saved.tar");
    }
}

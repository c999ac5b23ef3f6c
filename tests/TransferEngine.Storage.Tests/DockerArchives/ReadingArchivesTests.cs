using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit.Docker;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>What <c>docker save</c> writes, as a source.</summary>
public sealed class ReadingArchivesTests : ArchiveTest
{
    [Fact]
    public async Task Images_are_listed_by_all_their_names()
    {
        await using var source = Write(archive =>
        {
            archive.Add(SavedSample.Of("base", "app"), "app:v1", "app:latest", "team/tools/app:1.0_x");
            archive.Add(SavedSample.Of("base", "other"), "other:v1");
        });
        Assert.Equal("docker-archive:" + Path, source.Endpoint);
        Assert.Null(source.Damage);
        Assert.Equal(["app", "other", "team/tools/app"], await RepositoriesAsync(source));
        var images = await ImagesAsync(source, "app");
        Assert.Equal(["latest", "v1"], images.Select(image => image.Name));
        Assert.Single(images.Select(image => image.Digest).Distinct());
        Assert.Equal(["latest", "v1"], await source.ListNamesAsync(RepositoryName.Parse("app"), untagged: false, default).ToListAsync());
    }

    [Fact]
    public async Task The_config_stays_and_the_layers_are_compressed_to_what_the_manifest_says()
    {
        var sample = SavedSample.Of("base", "app");
        await using var source = Write(archive => archive.Add(sample, "app:v1"));
        var manifest = await ManifestAsync(source, "app", "v1");
        Assert.Equal(MediaType.DockerManifest, manifest.MediaType);
        Assert.Equal(new Descriptor(MediaType.DockerConfig, sample.Id, sample.Config.Length), manifest.Blobs[0]);
        Assert.Equal(sample.Config, await ReadAsync(source, sample.Id));
        foreach (var (layer, blob) in sample.Layers.Zip(manifest.Blobs.Skip(1)))
        {
            var content = await ReadAsync(source, blob.Digest);
            Assert.Equal(new Descriptor(MediaType.DockerLayerGzip, Digest.OfSha256(content), content.Length), blob);
            Assert.Equal(content.Length, await source.FindBlobAsync(RepositoryName.Parse("app"), blob.Digest, default));
            Assert.Equal(layer.Content, Gunzip(content));
            Assert.Equal(content[7..], await ReadAsync(source, blob.Digest, offset: 7));
        }
        Assert.Contains(source.Notes, note => note.Contains("Image IDs stay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_archive_gives_the_same_digests_each_time_it_is_opened()
    {
        var layer = new byte[3 * 1024 * 1024 + 17];
        new Random(5).NextBytes(layer.AsSpan(0, layer.Length / 2));
        var sample = new SavedSample(SavedSample.ConfigOf("linux", "amd64", Digest.OfSha256(layer)), [new SavedLayer(layer)]);
        await using var first = Write(archive => archive.Add(sample, "app:v1"));
        await using var second = DockerArchiveSource.Open(Path);
        var manifest = await ManifestAsync(first, "app", "v1");
        // Asked for by digest alone, with nothing listed before: as a run does that goes on.
        Assert.Equal(manifest.Bytes, (await second.ReadManifestAsync(RepositoryName.Parse("app"), manifest.Digest, default)).Bytes);
        var blob = manifest.Blobs[1];
        Assert.Equal(blob.Digest, Digest.OfSha256(await ReadAsync(second, blob.Digest)));
    }

    [Fact]
    public async Task Layers_that_are_compressed_already_are_passed_on_as_they_are()
    {
        var layer = SavedLayer.Of("base");
        var stored = Gzip(layer.Content);
        var config = SavedSample.ConfigOf("linux", "amd64", layer.DiffId);
        var name = $"blobs/sha256/{Digest.OfSha256(stored).Hex}";
        await using var source = Write(archive =>
        {
            archive.AddFile($"blobs/sha256/{Digest.OfSha256(config).Hex}", config);
            archive.AddFile(name, stored);
            archive.AddFile("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray());
            archive.AddFile("index.json", "{}"u8.ToArray());
            archive.Name($"blobs/sha256/{Digest.OfSha256(config).Hex}", ["app:v1"], name);
        });
        var blob = (await ManifestAsync(source, "app", "v1")).Blobs[1];
        Assert.Equal(Digest.OfSha256(stored), blob.Digest);
        Assert.Equal(stored[5..], await ReadAsync(source, blob.Digest, offset: 5));
        Assert.Empty(source.Notes);
    }

    [Fact]
    public async Task What_docker_saves_of_one_platform_is_that_image_with_its_layers_as_they_are()
    {
        var layer = SavedLayer.Of("amd64");
        var (stored, config) = (Gzip(layer.Content), SavedSample.ConfigOf("linux", "amd64", layer.DiffId));
        static string Blob(byte[] content) => $"blobs/sha256/{Digest.OfSha256(content).Hex}";
        await using var source = Write(archive =>
        {
            // The index names two platforms more, which nobody pulled: of no use to who reads docker's own list.
            archive.AddFile("index.json", """{"schemaVersion":2,"manifests":[{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":3,"annotations":{"io.containerd.image.name":"docker.io/library/web:1.2"}}]}"""u8.ToArray());
            archive.AddFile(Blob(config), config);
            archive.AddFile(Blob(stored), stored);
            archive.Name(Blob(config), ["web:1.2"], Blob(stored));
        });
        var manifest = await ManifestAsync(source, "web", "1.2");
        Assert.Equal([Digest.OfSha256(config), Digest.OfSha256(stored)], manifest.Blobs.Select(blob => blob.Digest));
        Assert.Equal(stored, await ReadAsync(source, manifest.Blobs[1].Digest));
    }

    [Fact]
    public async Task Keys_count_in_any_case_and_of_repeated_ones_the_last()
    {
        var sample = SavedSample.Of("base");
        await using var source = Write(archive =>
        {
            archive.AddFile("config.json", sample.Config);
            archive.AddFile("layer.tar", sample.Layers[0].Content);
            archive.AddFile("manifest.json", """[{"config":"none","Config":"config.json","repotags":["old:v1"],"RepoTags":["app:v1"],"LAYERS":["layer.tar"]}]"""u8.ToArray());
        });
        Assert.Equal(sample.Id, (await ManifestAsync(source, "app", "v1")).Blobs[0].Digest);
        Assert.Equal(["app"], await RepositoriesAsync(source));
    }

    [Fact]
    public async Task Layers_may_be_links_to_those_of_other_images()
    {
        var sample = SavedSample.Of("base");
        await using var source = Write(archive =>
        {
            archive.AddFile("config.json", sample.Config);
            archive.AddLink("aaaa/layer.tar", "../bbbb/layer.tar");
            archive.AddFile("bbbb/layer.tar", sample.Layers[0].Content);
            archive.Name("config.json", ["app:v1"], "aaaa/layer.tar");
        });
        Assert.Equal(sample.Layers[0].Content, Gunzip(await ReadAsync(source, (await ManifestAsync(source, "app", "v1")).Blobs[1].Digest)));
    }

    [Theory]
    [InlineData("registry.example.com:5000/team/app:v1", "team/app")]
    [InlineData("docker.io/library/app:v1", "app")]
    [InlineData("localhost/app:v1", "app")]
    [InlineData("team/app:v1", "team/app")]
    public async Task A_host_is_no_part_of_the_name(string saved, string repository)
    {
        await using var source = Write(archive => archive.Add(SavedSample.Of("base"), saved));
        Assert.Equal([repository], await RepositoriesAsync(source));
    }

    [Fact]
    public async Task One_name_from_two_hosts_is_an_error_unless_it_is_the_same_image()
    {
        await using var source = Write(archive =>
        {
            archive.Add(SavedSample.Of("one"), "a.example/app:v1", "a.example/app:v2", "b.example/app:v2");
            archive.Add(SavedSample.Of("two"), "b.example/app:v1");
        });
        var images = await ImagesAsync(source, "app");
        Assert.Equal(ErrorCode.MappingCollision, images[0].Error?.Code);
        Assert.Contains("a.example and b.example", images[0].Error?.Message, StringComparison.Ordinal);
        Assert.Null(images[1].Error);
        Assert.Contains(source.Notes, note => note.Contains("a.example, b.example", StringComparison.Ordinal));

        await using var chosen = DockerArchiveSource.Open(Path, "b.example/app:v1");
        Assert.Null(Assert.Single(await ImagesAsync(chosen, "app")).Error);
    }

    [Fact]
    public async Task One_image_can_be_chosen_by_its_name()
    {
        await using var all = Write(archive =>
        {
            archive.Add(SavedSample.Of("one"), "app:v1", "app:v2");
            archive.Add(SavedSample.Of("two"), []);
        });
        await using var source = DockerArchiveSource.Open(Path, "app:v2");
        Assert.Equal($"docker-archive:{Path}:app:v2", source.Endpoint);
        Assert.Equal(["app"], await RepositoriesAsync(source));
        Assert.Equal("v2", Assert.Single(await ImagesAsync(source, "app")).Name);
        var error = Assert.Throws<TransferException>(() => DockerArchiveSource.Open(Path, "app:v3")).Error;
        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        Assert.Contains("app:v1, app:v2", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_without_a_name_is_told_and_can_be_named_if_it_is_alone()
    {
        await using var all = Write(archive => archive.Add(SavedSample.Of("one"), []));
        var listed = Assert.Single(await all.ListRepositoriesAsync(default).ToListAsync());
        Assert.Equal(ErrorCode.RepositoryNameInvalid, listed.Error?.Code);
        await using var named = DockerArchiveSource.Open(Path, "team/app:v1");
        Assert.Null(Assert.Single(await ImagesAsync(named, "team/app")).Error);
    }

    [Fact]
    public async Task An_archive_that_was_cut_short_says_so()
    {
        using (var archive = new SavedArchive(Path))
        {
            var sample = SavedSample.Of("base");
            archive.AddFile($"{sample.Id.Hex}.json", sample.Config);
            archive.Name($"{sample.Id.Hex}.json", ["app:v1"], "layer.tar");
            archive.AddFile("manifest.json", System.Text.Encoding.UTF8.GetBytes($$"""[{"Config":"{{sample.Id.Hex}}.json","RepoTags":["app:v1"],"Layers":["layer.tar"]}]"""));
            archive.AddFile("layer.tar", RandomNumberGenerator.GetBytes(100_000));
        }
        using (var file = File.OpenWrite(Path))
            file.SetLength(file.Length - 50_000);
        await using var source = DockerArchiveSource.Open(Path);
        Assert.NotNull(Assert.Single(await ImagesAsync(source, "app")).Error);
    }
}

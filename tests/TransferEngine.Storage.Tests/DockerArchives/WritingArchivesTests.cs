using System.IO.Pipelines;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>What <c>docker load</c> reads, as a target.</summary>
public sealed class WritingArchivesTests : ArchiveWritingTest
{
    private readonly SavedSample _sample = SavedSample.Of("base", "app");

    [Fact]
    public async Task What_is_written_is_what_a_source_reads()
    {
        await using (var target = DockerArchiveTarget.Create(Path))
        {
            await target.CheckAsync(default);
            await PushAsync(target, App, _sample, Gzip, "v1", "latest");
            await PushAsync(target, RepositoryName.Parse("team/other"), SavedSample.Of("base", "other"), Gzip, "1.0");
            Assert.False(File.Exists(Path));
            await target.CompleteAsync(default);
            Assert.Contains(target.Notes, note => note.Contains("same image IDs", StringComparison.Ordinal));
        }
        Assert.False(File.Exists(Path + ".partial"));
        // base, app and other once each, two configs, and the three files that describe them.
        Assert.Equal(8, Members().Count);
        await using var source = DockerArchiveSource.Open(Path);
        Assert.Equal(["app", "team/other"], await RepositoriesAsync(source));
        Assert.Equal(["latest", "v1"], (await ImagesAsync(source, "app")).Select(image => image.Name));
        var manifest = await ManifestAsync(source, "app", "v1");
        Assert.Equal(_sample.Id, manifest.Blobs[0].Digest);
        Assert.Equal(_sample.Layers[1].Content, Gunzip(await ReadAsync(source, manifest.Blobs[2].Digest)));
    }

    [Fact]
    public async Task Its_index_is_what_docker_writes()
    {
        await WriteAsync(target => PushAsync(target, App, _sample, Gzip, "v2", "v1"));
        var members = Members();
        using var manifest = JsonDocument.Parse(members["manifest.json"]);
        var entry = Assert.Single(manifest.RootElement.EnumerateArray());
        Assert.Equal($"{_sample.Id.Hex}.json", entry.GetProperty("Config").GetString());
        Assert.Equal(["app:v1", "app:v2"], entry.GetProperty("RepoTags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal(_sample.Layers.Select(layer => layer.DiffId.Hex + ".tar"), entry.GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()));
        using var repositories = JsonDocument.Parse(members["repositories"]);
        Assert.Equal(_sample.Layers[^1].DiffId.Hex, repositories.RootElement.GetProperty("app").GetProperty("v1").GetString());
        Assert.Equal(_sample.Layers[0].Content, members[_sample.Layers[0].DiffId.Hex + ".tar"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("none")]
    public async Task Layers_are_unpacked_whatever_they_are_compressed_with(string compression)
    {
        await WriteAsync(target => PushAsync(target, App, _sample, content => compression switch
        {
            "gzip" => Gzip(content),
            "zstd" => Zstd(content),
            _ => content,
        }, "v1"));
        Assert.Equal(_sample.Layers[0].Content, Members()[_sample.Layers[0].DiffId.Hex + ".tar"]);
    }

    [Fact]
    public async Task Blobs_that_come_at_once_are_written_one_after_the_other()
    {
        var samples = Enumerable.Range(0, 20).Select(i => SavedSample.Of("base", $"layer {i}")).ToList();
        await WriteAsync(target => Task.WhenAll(samples.Select((sample, i) => PushAsync(target, App, sample, Gzip, $"v{i}"))));
        await using var source = DockerArchiveSource.Open(Path);
        var images = await ImagesAsync(source, "app");
        Assert.Equal(20, images.Count);
        Assert.All(images, image => Assert.Null(image.Error));
    }

    [Fact]
    public async Task A_blob_that_does_not_match_its_digest_leaves_nothing_behind()
    {
        var layer = Gzip(_sample.Layers[0].Content);
        await using var target = DockerArchiveTarget.Create(Path);
        var blob = new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256("another"u8), layer.Length);
        Assert.Equal(ErrorCode.BlobDigestMismatch, (await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, blob, layer))).Error.Code);
        Assert.Null(await target.HeadBlobAsync(App, blob.Digest, default));
        Assert.Equal(0, new FileInfo(Path + ".partial").Length);
    }

    [Theory]
    [InlineData("1f8b0800000000000003ffffffffffff")]
    [InlineData("28b52ffdffffffffffffffffffffffff")]
    [InlineData("fd377a585a0000000000000000000000")]
    public async Task A_layer_that_can_not_be_unpacked_is_refused(string bytes)
    {
        var layer = Convert.FromHexString(bytes);
        await using var target = DockerArchiveTarget.Create(Path);
        var blob = new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256(layer), layer.Length);
        var error = (await Assert.ThrowsAsync<TransferException>(() => PutAsync(target, blob, layer))).Error;
        Assert.Equal(ErrorCode.TargetRejected, error.Code);
        Assert.Equal(ErrorScope.Blob, error.Scope);
    }

    [Fact]
    public async Task Content_that_breaks_off_leaves_room_for_the_next_try()
    {
        var layer = Gzip(_sample.Layers[0].Content);
        var blob = new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256(layer), layer.Length);
        await using var target = DockerArchiveTarget.Create(Path);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(layer.AsMemory(0, layer.Length / 2));
        await pipe.Writer.CompleteAsync(new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The disk is gone.")));
        var session = await target.StartUploadAsync(App, default);
        Assert.Equal(ErrorCode.SourceUnreadable, (await Assert.ThrowsAsync<TransferException>(() => target.PutBlobAsync(session, blob, pipe.Reader, default))).Error.Code);
        Assert.Null(await target.FindUploadAsync(session, default));
        await PutAsync(target, blob, layer);
        Assert.Equal(layer.Length, await target.HeadBlobAsync(App, blob.Digest, default));
    }

    [Fact]
    public async Task A_manifest_before_its_blobs_is_refused_as_registries_do()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        var manifest = ManifestOf(new ImageSpec(new Descriptor("", _sample.Id, 1), []));
        Assert.Equal(ErrorCode.TargetBlobUnknown, (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("v1"), manifest, default))).Error.Code);
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, _sample.Id, App, default));
    }

    [Fact]
    public async Task An_index_becomes_its_one_image_that_can_be_run()
    {
        await WriteAsync(async target =>
        {
            var amd64 = await PushAsync(target, App, _sample, Gzip);
            var attestation = await PushAsync(target, App, new SavedSample(SavedSample.ConfigOf("unknown", "unknown", _sample.Layers[0].DiffId), [_sample.Layers[0]]), Gzip);
            await target.PutManifestAsync(App, Tag.Parse("v1"), IndexOf(amd64, attestation), default);
        });
        await using var source = DockerArchiveSource.Open(Path);
        Assert.Equal(_sample.Id, (await ManifestAsync(source, "app", "v1")).Blobs[0].Digest);
        // The attestation's config is not left lying about.
        Assert.Equal(6, Members().Count);
    }

    [Fact]
    public async Task An_index_of_several_platforms_asks_for_a_choice_and_its_layers_are_taken_out_again()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        await PushAsync(target, App, SavedSample.Of("first"), Gzip, "one");
        var arm64 = SavedSample.Of("only here");
        var children = new[]
        {
            await PushAsync(target, App, _sample, Gzip),
            await PushAsync(target, App, arm64 with { Config = SavedSample.ConfigOf("linux", "arm64", arm64.Layers[0].DiffId) }, Gzip),
        };
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("v1"), IndexOf(children), default))).Error;
        Assert.Equal(ErrorCode.TargetRejected, error.Code);
        Assert.Equal(ErrorScope.Image, error.Scope);
        Assert.Contains("linux/amd64, linux/arm64", error.Message, StringComparison.Ordinal);
        Assert.Contains("--platform", error.Hint, StringComparison.Ordinal);
        await PushAsync(target, App, SavedSample.Of("last"), Gzip, "two");
        await target.CompleteAsync(default);
        Assert.Equal(7, Members().Count);
        await using var source = DockerArchiveSource.Open(Path);
        Assert.All(await ImagesAsync(source, "app"), image => Assert.Null(image.Error));
    }

    [Fact]
    public async Task What_is_no_image_is_refused()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        var config = "{}"u8.ToArray();
        var blob = new Descriptor("application/vnd.oci.empty.v1+json", Digest.OfSha256(config), config.Length);
        await PutAsync(target, blob, config);
        var manifest = ManifestOf(new ImageSpec(blob, [blob]));
        Assert.Equal(ErrorCode.TargetRejected, (await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("sbom"), manifest, default))).Error.Code);
        await target.PutManifestAsync(App, manifest.Digest, manifest, default);
    }

    [Fact]
    public async Task A_layer_that_is_not_what_the_config_says_is_refused_before_docker_would()
    {
        await using var target = DockerArchiveTarget.Create(Path);
        var lying = _sample with { Layers = [_sample.Layers[1], _sample.Layers[0]] };
        var error = (await Assert.ThrowsAsync<TransferException>(() => PushAsync(target, App, lying, Gzip, "v1"))).Error;
        Assert.Equal(ErrorCode.TargetRejected, error.Code);
        Assert.Contains("diff_id", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_can_not_be_written_is_told_at_once()
    {
        await using var target = DockerArchiveTarget.Create(InFolder("missing/images.tar"));
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(default))).Error;
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (error.Code, error.Scope));
    }
}

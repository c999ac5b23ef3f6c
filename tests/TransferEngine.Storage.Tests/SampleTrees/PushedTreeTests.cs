using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.SampleTrees;

/// <summary>Reads a tree that a real registry wrote, of what was pushed to it.</summary>
public sealed class PushedTreeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task What_docker_registry_stored_is_read_also_where_it_was_pushed_by_sha512()
    {
        var layer = Encoding.UTF8.GetBytes("a layer");
        var config = Encoding.UTF8.GetBytes("""{"architecture":"amd64","os":"linux"}""");
        var layerDigest = Digest.Parse("sha512:" + new string('0', 128)).SameAlgorithmOver(layer);
        var manifest = ManifestWriter.Image(new ImageSpec(
            new Descriptor("", Digest.OfSha256(config), config.Length), [new Descriptor("", layerDigest, layer.Length)]));
        await using (var registry = await DockerRegistry.StartAsync(_folder.Path))
        {
            using var client = new HttpClient { BaseAddress = registry.Url };
            await PushBlobAsync(client, layerDigest, layer);
            await PushBlobAsync(client, Digest.OfSha256(config), config);
            using var content = new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue(MediaType.OciManifest) } };
            using var put = await client.PutAsync(new Uri("v2/team/app/manifests/current", UriKind.Relative), content);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        await using var source = RegistryTreeSource.Open(_folder.Path);
        var repository = (await source.ListRepositoriesAsync(default).SingleAsync()).Repository!.Value;

        var image = await source.ListImagesAsync(repository, untagged: true, default).SingleAsync();

        Assert.Equal(("current", Digest.OfSha256(manifest)), (image.Name, image.Digest));
        var read = await source.ReadManifestAsync(repository, image.Digest!.Value, default);
        Assert.Equal(manifest, read.Bytes.ToArray());
        foreach (var blob in read.Blobs)
            Assert.Equal(blob.Size, await source.FindBlobAsync(repository, blob.Digest, default));
        await using var stored = await source.OpenBlobAsync(repository, layerDigest, 0, default);
        using var reader = new StreamReader(stored);
        Assert.Equal("a layer", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task The_log_of_docker_registry_tells_mounts_uploads_and_manifests_apart()
    {
        var blob = Encoding.UTF8.GetBytes("a blob");
        var digest = Digest.OfSha256(blob);
        await using var registry = await DockerRegistry.StartAsync(_folder.Path);
        using var client = new HttpClient { BaseAddress = registry.Url };

        await PushBlobAsync(client, digest, blob);
        using var mounted = await client.PostAsync(new Uri($"v2/other/blobs/uploads/?mount={digest}&from=team/app", UriKind.Relative), null);
        using var notMounted = await client.PostAsync(new Uri($"v2/other/blobs/uploads/?mount={Digest.OfSha256([])}&from=team/app", UriKind.Relative), null);
        using var cancelled = await client.DeleteAsync(notMounted.Headers.Location);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "v2/team/app/manifests/none"));
        await registry.StopAsync();

        Assert.Equal(6, registry.Requests.Count);
        Assert.Equal(3, registry.Requests.Count(request => request.IsUploadStart));
        Assert.Equal("/v2/other/blobs/uploads/", Assert.Single(registry.Requests, request => request.IsMount).Path);
        Assert.Single(registry.Requests, request => request.IsUploadCommit);
        Assert.Single(registry.Requests, request => request.IsUploadCancel);
        Assert.Equal(404, Assert.Single(registry.Requests, request => request is { IsManifest: true, Method: "HEAD" }).Status);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task PushBlobAsync(HttpClient client, Digest digest, byte[] content)
    {
        using var start = await client.PostAsync(new Uri("v2/team/app/blobs/uploads/", UriKind.Relative), null);
        var location = new UriBuilder(start.Headers.Location!);
        location.Query += $"&digest={digest}";
        using var body = new ByteArrayContent(content);
        using var put = await client.PutAsync(location.Uri, body);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }
}

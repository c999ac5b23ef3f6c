using System.Net;
using System.Net.Sockets;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Service.Tests.Conformance;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests;

/// <summary>What no well-meaning client sends: answered with the specification's error, and with no trace on the disk.</summary>
public sealed class BadRequestTests : IAsyncLifetime
{
    private readonly OurRegistry _registry = new();
    private string[] _before = [];

    private RegistryClient Client => _registry.Client;

    public async Task InitializeAsync()
    {
        await _registry.InitializeAsync();
        await Client.PushImageAsync("team/app", "latest");
        _before = Files();
    }

    [Theory]
    [InlineData("/v2/../../etc/passwd/manifests/latest")]
    [InlineData("/v2/%2e%2e/%2e%2e/x/manifests/latest")]
    [InlineData("/v2/a/..%2f..%2fb/manifests/latest")]
    [InlineData("/v2/a%00b/manifests/latest")]
    [InlineData("/v2/UPPER/manifests/latest")]
    [InlineData("/v2/_uploads/manifests/latest")]
    [InlineData("/v2/a//b/manifests/latest")]
    [InlineData("/v2/a/_manifests/manifests/latest")]
    public async Task Names_that_are_none_or_climb_out_are_refused(string target)
    {
        foreach (var method in new[] { "GET", "PUT", "DELETE" })
        {
            var (status, body) = await SendRawAsync(method, target);
            Assert.InRange(status, 400, 404);
            // Kestrel itself refuses what is no path at all; everything else gets an error of the specification.
            if (body.Length > 0)
                Assert.Contains("\"errors\":[{\"code\":\"", body, StringComparison.Ordinal);
        }
        AssertNoTrace();
    }

    [Theory]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:abc")]
    [InlineData("sha256:ABCDEF0123456789012345678901234567890123456789012345678901234567")]
    [InlineData("sha512:0123456789012345678901234567890123456789012345678901234567890123")]
    [InlineData("sha256:../../../../../../etc/passwd")]
    public async Task Digests_of_other_algorithms_or_lengths_are_refused_with_DIGEST_INVALID(string digest)
    {
        var location = await Client.StartUploadAsync("team/app");
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, $"/v2/team/app/blobs/{Uri.EscapeDataString(digest)}"),
            (HttpMethod.Delete, $"/v2/team/app/blobs/{Uri.EscapeDataString(digest)}"),
            (HttpMethod.Put, $"{location}?digest={Uri.EscapeDataString(digest)}"),
            (HttpMethod.Post, $"/v2/team/app/blobs/uploads/?mount={Uri.EscapeDataString(digest)}&from=team/app"),
            (HttpMethod.Post, $"/v2/team/app/blobs/uploads/?digest={Uri.EscapeDataString(digest)}"),
            (HttpMethod.Get, $"/v2/team/app/referrers/{Uri.EscapeDataString(digest)}"),
        })
        {
            var answer = await Client.SendAsync(method, path, method == HttpMethod.Put ? [1] : null);
            // A slash in the digest makes it another path.
            Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{method} {path}: {answer.Status}");
            if (!digest.Contains('/', StringComparison.Ordinal))
                Assert.Equal("DIGEST_INVALID", answer.ErrorCode);
        }
        await Client.DeleteAsync(location);
        AssertNoTrace();
    }

    [Fact]
    public async Task Manifests_that_are_too_large_or_none_are_refused()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Client.PutManifestAsync("team/app", "large", new byte[Manifest.MaxBytes + 1])).Status);
        foreach (var nonsense in new[] { "", "nonsense", "[]", "{}", "{\"schemaVersion\":1}", "{\"schemaVersion\":2,\"config\":{\"digest\":\"x\"}}" })
        {
            var answer = await Client.PutManifestAsync("team/app", "nonsense", Encoding.UTF8.GetBytes(nonsense));
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal("MANIFEST_INVALID", answer.ErrorCode);
        }
        AssertNoTrace();
    }

    [Fact]
    public async Task A_manifest_of_another_type_than_the_request_says_is_refused()
    {
        var image = await Client.GetAsync("/v2/team/app/manifests/latest");
        var answer = await Client.PutManifestAsync("team/app", "other", image.Body, MediaType.DockerManifest);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("MANIFEST_INVALID", answer.ErrorCode);
        AssertNoTrace();
    }

    [Fact]
    public async Task An_index_whose_child_is_not_there_is_refused()
    {
        var index = ManifestWriter.Index([new Descriptor(MediaType.OciManifest, Digest.OfSha256([1]), 1)], ManifestFormat.Oci);
        var answer = await Client.PutManifestAsync("team/app", "index", index, MediaType.OciIndex);
        Assert.Equal("MANIFEST_BLOB_UNKNOWN", answer.ErrorCode);
        AssertNoTrace();
    }

    [Theory]
    [InlineData("nonsense", 400)]
    [InlineData("5-1", 400)]
    [InlineData("0-99999999999999999999999", 400)]
    [InlineData("-1-5", 400)]
    [InlineData("0-4", 400)]
    [InlineData("1-10", 416)]
    public async Task A_wrong_Content_Range_is_refused_and_nothing_is_appended(string range, int status)
    {
        var location = await Client.StartUploadAsync("team/app");
        var answer = await Client.SendAsync(HttpMethod.Patch, location, new byte[10], "application/octet-stream", range);
        Assert.Equal(status, (int)answer.Status);
        var content = RegistryClient.Noise(10);
        Assert.Equal(HttpStatusCode.Created, (await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(location, Digest.OfSha256(content)), content)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("../../../docker")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task Uploads_that_are_none_are_answered_404(string id)
    {
        var answer = await Client.SendAsync(HttpMethod.Patch, $"/v2/team/app/blobs/uploads/{Uri.EscapeDataString(id)}", [1], "application/octet-stream");
        Assert.True(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest, answer.Status.ToString());
        AssertNoTrace();
    }

    [Fact]
    public async Task An_upload_of_another_repository_can_not_be_used()
    {
        var location = await Client.StartUploadAsync("team/app");
        var elsewhere = location.Replace("team/app", "team/other", StringComparison.Ordinal);
        var content = RegistryClient.Noise(10);
        var answer = await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(elsewhere, Digest.OfSha256(content)), content);
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("BLOB_UPLOAD_UNKNOWN", answer.ErrorCode);
        await Client.DeleteAsync(location);
        AssertNoTrace();
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_leaves_an_upload_to_go_on_with()
    {
        var content = RegistryClient.Noise(100_000);
        var location = await Client.StartUploadAsync("team/app");
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, Client.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
            await socket.GetStream().WriteAsync(content.AsMemory(0, 40_000));
            await Poll.UntilAsync(async () => await ReceivedAsync(location) == 40_000);
        }
        await Poll.UntilAsync(async () => (await Client.SendAsync(HttpMethod.Patch, location, content[40_000..], "application/octet-stream", "40000-99999")).Status == HttpStatusCode.Accepted);
        var digest = Digest.OfSha256(content);
        Assert.Equal(HttpStatusCode.Created, (await Client.SendAsync(HttpMethod.Put, RegistryClient.Closing(location, digest), [])).Status);
        Assert.Equal(content, (await Client.GetAsync($"/v2/team/app/blobs/{digest}")).Body);
    }

    public Task DisposeAsync() => _registry.DisposeAsync();

    /// <summary>What lies on the disk for a session: while a request uses it, the API does not say.</summary>
    private Task<long> ReceivedAsync(string location) =>
        Task.FromResult(new FileInfo(Path.Join(_registry.Root, "docker/registry/v2/repositories/team/app/_uploads", location.Split('/')[^1], "data")).Length);

    /// <summary>Sends a request line as it is: HTTP clients tidy paths up.</summary>
    private async Task<(int Status, string Body)> SendRawAsync(string method, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Client.Address.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"));
        using var reader = new StreamReader(socket.GetStream());
        var answer = await reader.ReadToEndAsync();
        return (int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    private void AssertNoTrace() => Assert.Equal(_before, Files());

    private string[] Files() => [.. Directory.EnumerateFiles(_registry.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>Sends the requests of the specification one by one, with nothing of the product's own client in between.</summary>
public sealed class RegistryClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };

    public Uri Address { get; } = address;

    public async Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body = null, string? contentType = null, string? contentRange = null, string? range = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
        if (range is not null)
            request.Headers.TryAddWithoutValidation("Range", range);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType is not null)
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
            if (contentRange is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Range", contentRange);
        }
        using var response = await _http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
    }

    public Task<Answer> GetAsync(string path, string? range = null) => SendAsync(HttpMethod.Get, path, range: range);

    public Task<Answer> HeadAsync(string path) => SendAsync(HttpMethod.Head, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>POST that opens a session; its location as a path with query.</summary>
    public async Task<string> StartUploadAsync(string repository)
    {
        var answer = await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        return answer.Location(Address);
    }

    /// <summary>The location with the digest added, as the closing PUT needs it.</summary>
    public static string Closing(string location, Digest digest) => $"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}";

    public async Task<Digest> PushBlobAsync(string repository, byte[] content)
    {
        var digest = Digest.OfSha256(content);
        var answer = await SendAsync(HttpMethod.Put, Closing(await StartUploadAsync(repository), digest), content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return digest;
    }

    public Task<Answer> PutManifestAsync(string repository, string reference, byte[] manifest, string type = MediaType.OciManifest) =>
        SendAsync(HttpMethod.Put, $"/v2/{repository}/manifests/{reference}", manifest, type);

    /// <summary>Pushes an image of a config and a layer that no other image has, and returns its manifest's bytes.</summary>
    public async Task<byte[]> PushImageAsync(string repository, string reference, Descriptor? subject = null)
    {
        var manifest = await MakeImageAsync(repository, subject);
        var answer = await PutManifestAsync(repository, reference, manifest);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return manifest;
    }

    /// <summary>The same without the manifest itself.</summary>
    public async Task<byte[]> MakeImageAsync(string repository, Descriptor? subject = null)
    {
        var (config, layer) = (Noise(100), Noise(1_000));
        var spec = new ImageSpec(
            new Descriptor(MediaType.OciConfig, await PushBlobAsync(repository, config), config.Length),
            [new Descriptor(MediaType.OciLayerGzip, await PushBlobAsync(repository, layer), layer.Length)]) { Subject = subject };
        return ManifestWriter.Image(spec);
    }

    public static byte[] Noise(int length) => RandomNumberGenerator.GetBytes(length);

    public static string NewName() => $"conformance/{Guid.NewGuid():N}";

    public void Dispose() => _http.Dispose();
}

/// <summary>What a registry answered.</summary>
public sealed record Answer(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The code of the first error of the body.</summary>
    public string? ErrorCode => Json.GetProperty("errors")[0].GetProperty("code").GetString();

    public string Location(Uri address) => new Uri(address, Header("Location") ?? throw new InvalidOperationException("No Location.")).PathAndQuery;
}

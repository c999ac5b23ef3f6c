using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace TransferEngine.Perf.Registry;

/// <summary>What one phase came to.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="Requests">All requests of the phase.</param>
/// <param name="Bytes">Content moved.</param>
/// <param name="ServerCpu">CPU seconds of the registry.</param>
internal readonly record struct Phase(double Seconds, int Requests, long Bytes, double ServerCpu);

/// <summary>Sixty-four clients, each with a kept-alive connection, against one registry.</summary>
internal sealed class Load(Server server) : IDisposable
{
    public const int Clients = 64;

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>POST and PUT for each blob.</summary>
    public Task<Phase> PushAsync(Blob[] blobs) => RunAsync(blobs, requestsEach: 2, async blob =>
    {
        using var start = await _http.PostAsync($"/v2/{blob.Repository}/blobs/uploads/", null);
        start.EnsureSuccessStatusCode();
        var location = start.Headers.Location!.ToString();
        using var content = new ByteArrayContent(blob.Content);
        using var put = await _http.PutAsync($"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={blob.Digest}", content);
        put.EnsureSuccessStatusCode();
        return blob.Content.Length;
    });

    /// <summary>GET of each blob, read to its end.</summary>
    public Task<Phase> PullAsync(Blob[] blobs) => RunAsync(blobs, requestsEach: 1, async blob =>
    {
        using var answer = await _http.GetAsync($"/v2/{blob.Repository}/blobs/{blob.Digest}", HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        var length = 0L;
        for (int count; (count = await body.ReadAsync(buffer)) > 0;)
            length += count;
        ArrayPool<byte>.Shared.Return(buffer);
        return length;
    });

    /// <summary>A manifest for each blob, which is its config, under a tag of its own.</summary>
    public Task<Phase> PushManifestsAsync(Blob[] blobs) => RunAsync(blobs, requestsEach: 1, async blob =>
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{blob.Digest}}","size":{{blob.Content.Length}}},"layers":[]}""");
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/vnd.oci.image.manifest.v1+json") } };
        using var put = await _http.PutAsync($"/v2/{blob.Repository}/manifests/{blob.Tag}", content);
        put.EnsureSuccessStatusCode();
        return bytes.Length;
    });

    public Task<Phase> PullManifestsAsync(Blob[] blobs) => RunAsync(blobs, requestsEach: 1, async blob =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{blob.Repository}/manifests/{blob.Tag}");
        request.Headers.TryAddWithoutValidation("Accept", "application/vnd.oci.image.manifest.v1+json");
        using var answer = await _http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
    });

    public void Dispose() => _http.Dispose();

    private async Task<Phase> RunAsync(Blob[] blobs, int requestsEach, Func<Blob, Task<long>> one)
    {
        var (cpu, started, next, bytes) = (server.CpuSeconds, Stopwatch.GetTimestamp(), -1, 0L);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < blobs.Length;)
                Interlocked.Add(ref bytes, await one(blobs[i]));
        })));
        return new Phase(Stopwatch.GetElapsedTime(started).TotalSeconds, blobs.Length * requestsEach, bytes, server.CpuSeconds - cpu);
    }
}

/// <summary>A blob to push, and where to.</summary>
internal sealed record Blob(string Repository, string Tag, byte[] Content, string Digest)
{
    public static Blob[] Make(int count, int size) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var content = RandomNumberGenerator.GetBytes(size);
        return new Blob($"team{i % 50}/app", $"v{i}", content, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)));
    })];
}

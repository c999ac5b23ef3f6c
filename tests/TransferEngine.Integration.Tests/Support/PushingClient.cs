using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>Pushes and pulls images request by request, as simple clients do.</summary>
internal sealed class PushingClient(Uri registry) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = registry, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Pushes an image of these blobs (the first one as its config) and sets the tag; returns the manifest's digest.</summary>
    public async Task<Digest> PushAsync(string repository, string tag, IReadOnlyList<byte[]> blobs)
    {
        foreach (var blob in blobs)
            await PushBlobAsync(repository, blob);
        var descriptors = blobs.Select((blob, i) => new Descriptor(i == 0 ? MediaType.OciConfig : MediaType.OciLayerGzip, Digest.OfSha256(blob), blob.Length)).ToList();
        var manifest = ManifestWriter.Image(new ImageSpec(descriptors[0], descriptors[1..]));
        using var content = new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue(MediaType.OciManifest) } };
        using var answer = await _http.PutAsync($"/v2/{repository}/manifests/{tag}", content);
        Expect(HttpStatusCode.Created, answer);
        return Digest.OfSha256(manifest);
    }

    public async Task<Manifest> PullManifestAsync(string repository, string reference)
    {
        var bytes = await _http.GetByteArrayAsync($"/v2/{repository}/manifests/{reference}");
        return ManifestReader.Read(bytes, Digest.TryParse(reference, out var digest) ? digest : Digest.OfSha256(bytes));
    }

    /// <summary>The blob's bytes, which have its digest.</summary>
    public async Task<byte[]> PullBlobAsync(string repository, Digest digest)
    {
        var bytes = await _http.GetByteArrayAsync($"/v2/{repository}/blobs/{digest}");
        return Digest.OfSha256(bytes) == digest ? bytes : throw new InvalidDataException($"{digest} was served with other bytes.");
    }

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(path);

    public void Dispose() => _http.Dispose();

    private async Task PushBlobAsync(string repository, byte[] blob)
    {
        var digest = Digest.OfSha256(blob);
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{repository}/blobs/{digest}"));
        if (head.IsSuccessStatusCode)
            return;
        using var start = await _http.PostAsync($"/v2/{repository}/blobs/uploads/", null);
        Expect(HttpStatusCode.Accepted, start);
        using var content = new ByteArrayContent(blob);
        using var put = await _http.PutAsync($"{start.Headers.Location}?digest={digest}", content);
        Expect(HttpStatusCode.Created, put);
    }

    private static void Expect(HttpStatusCode status, HttpResponseMessage answer)
    {
        if (answer.StatusCode != status)
            throw new InvalidOperationException($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri!.AbsolutePath}: {answer.StatusCode}, not {status}");
    }
}

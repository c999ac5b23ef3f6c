using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>The double of Harbor and a bare client, for tests that hold the double against what was observed.</summary>
public abstract class HarborDoubleTest : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, Expect100ContinueTimeout = TimeSpan.FromMinutes(2) });

    private protected HarborDouble Harbor { get; private set; } = null!;

    private protected const string Admin = "Basic YWRtaW46SGFyYm9yMTIzNDU=";

    private protected virtual HarborDoubleOptions Options => new();

    public async Task InitializeAsync() => await RestartAsync(Options);

    public async Task DisposeAsync()
    {
        await Harbor.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private protected async Task RestartAsync(HarborDoubleOptions options)
    {
        if (Harbor is not null)
            await Harbor.DisposeAsync();
        Harbor = await HarborDouble.StartAsync(_folder.Of(Guid.NewGuid().ToString("N")), options);
        Harbor.Projects.Add("p1");
    }

    private protected static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private protected async Task<HttpResponseMessage> SendAsync(string method, string target, string? authorization = Admin, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var address = target.StartsWith("http", StringComparison.Ordinal) ? target : $"http://{Harbor.Host}{target}";
        using var request = new HttpRequestMessage(new HttpMethod(method), address) { Content = content };
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    private protected async Task<string> TokenAsync(string scope, string? authorization = Admin)
    {
        using var answer = await SendAsync("GET", $"/service/token?service=harbor-registry&scope={Uri.EscapeDataString(scope)}", authorization);
        return "Bearer " + JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("token").GetString();
    }

    private protected async Task<string> StartUploadAsync(string repository = "p1/a")
    {
        using var answer = await SendAsync("POST", $"/v2/{repository}/blobs/uploads/");
        Assert.Equal(202, (int)answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }

    private protected async Task<Digest> PushBlobAsync(byte[] content, string repository = "p1/a")
    {
        var digest = Digest.OfSha256(content);
        using var answer = await SendAsync("PUT", $"{await StartUploadAsync(repository)}&digest={digest}", content: new ByteArrayContent(content));
        Assert.Equal(201, (int)answer.StatusCode);
        return digest;
    }

    private protected Task<HttpResponseMessage> PutManifestAsync(string repository, string reference, byte[] manifest, string type = MediaType.OciManifest) =>
        SendAsync("PUT", $"/v2/{repository}/manifests/{reference}", content: new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue(type) } });

    /// <summary>A manifest of an image without layers whose config is in the repository.</summary>
    private protected async Task<byte[]> ManifestAsync(string repository = "p1/a", string config = "{}")
    {
        var digest = await PushBlobAsync(Encoding.UTF8.GetBytes(config), repository);
        return Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{digest}}","size":{{config.Length}}},"layers":[]}""");
    }

    private protected static string Challenge(HttpResponseMessage answer) => string.Join('|', answer.Headers.NonValidated["WWW-Authenticate"]);

    private protected static async Task ExpectAsync(HttpResponseMessage answer, int status, string code, string message)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {body}");
            var error = JsonDocument.Parse(body).RootElement.GetProperty("errors")[0];
            Assert.Equal(code, error.GetProperty("code").GetString());
            Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }
}

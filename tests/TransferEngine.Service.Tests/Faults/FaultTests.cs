using System.Net;
using TransferEngine.Images;
using TransferEngine.Service.Tests.Conformance;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Faults;

namespace TransferEngine.Service.Tests.Faults;

using Faults = TransferEngine.TestKit.Faults.Faults;

/// <summary>Each fault does what it says, and the registry behind it is as it was.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly byte[] Content = RegistryClient.Noise(100_000);

    private readonly TemporaryFolder _folder = new();
    private FaultyRegistry _registry = null!;
    private RegistryClient _client = null!;
    private Digest _blob;

    public async Task InitializeAsync()
    {
        _registry = await FaultyRegistry.StartAsync(_folder.Path);
        _client = new RegistryClient(_registry.Address);
        _blob = await _client.PushBlobAsync("app", Content);
    }

    private string Blob => $"/v2/app/blobs/{_blob}";

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task An_answer_stands_for_as_many_requests_as_the_rule_says(int status)
    {
        _registry.Add(new FaultRule(request => request.IsBlob, Faults.Answer(status)) { After = 1, Times = 2 });
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
            statuses.Add((int)(await _client.GetAsync(Blob)).Status);
        Assert.Equal([200, status, status, 200], statuses);
    }

    [Fact]
    public async Task Too_many_requests_are_answered_with_seconds_or_with_a_date()
    {
        var date = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _registry.Add(new FaultRule(_ => true, Faults.TooManyRequests(TimeSpan.FromSeconds(7))) { Times = 1 });
        _registry.Add(new FaultRule(_ => true, Faults.TooManyRequestsUntil(date)) { Times = 1 });
        Assert.Equal("7", (await _client.GetAsync(Blob)).Header("Retry-After"));
        var second = await _client.GetAsync(Blob);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.Status);
        Assert.Equal("Wed, 02 Jan 2030 03:04:05 GMT", second.Header("Retry-After"));
    }

    [Fact]
    public async Task A_request_is_cut_after_so_many_bytes_which_the_upload_keeps()
    {
        var location = await _client.StartUploadAsync("app");
        _registry.Add(new FaultRule(request => request.Method == "PATCH", Faults.CutRequest(30_000)) { Times = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(HttpMethod.Patch, location, Content, "application/octet-stream"));
        // The client may know of the cut before the server's own handler has left the session.
        await Poll.UntilAsync(async () => (await _client.GetAsync(location)).Status != HttpStatusCode.Conflict);
        Assert.Equal("0-29999", (await _client.GetAsync(location)).Header("Range"));
        Assert.Equal(30_000, Assert.Single(_registry.Requests, request => request.Method == "PATCH").BytesReceived);
    }

    [Fact]
    public async Task An_answer_is_cut_after_so_many_bytes()
    {
        _registry.Add(request => request.IsBlob, Faults.CutResponse(40_000));
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(Blob));
        Assert.Equal(40_000, _registry.Requests[^1].BytesSent);
    }

    [Fact]
    public async Task A_stalled_answer_comes_when_the_test_lets_it()
    {
        var gate = new TaskCompletionSource();
        _registry.Add(request => request.IsBlob, Faults.Stall(gate.Task));
        var answer = _client.GetAsync(Blob);
        await Poll.UntilAsync(() => Task.FromResult(_registry.Requests.Any(request => request.IsBlob)));
        Assert.False(answer.IsCompleted);
        gate.SetResult();
        Assert.Equal(Content, (await answer).Body);
    }

    [Fact]
    public async Task A_slow_answer_is_whole()
    {
        _registry.Add(request => request.IsBlob, Faults.AnswerSlowly(20_000, TimeSpan.FromMilliseconds(1)));
        Assert.Equal(Content, (await _client.GetAsync(Blob)).Body);
    }

    [Theory]
    [InlineData(202)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_mount_is_refused_as_told(int status)
    {
        _registry.Add(request => request.IsMount, Faults.RefuseMount(status));
        Assert.Equal(status, (int)(await _client.SendAsync(HttpMethod.Post, $"/v2/other/blobs/uploads/?mount={_blob}&from=app")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.HeadAsync($"/v2/other/blobs/{_blob}")).Status);
    }

    [Fact]
    public async Task Locations_are_absolute_on_request()
    {
        Assert.StartsWith("/v2/", (await _client.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/")).Header("Location"), StringComparison.Ordinal);
        _registry.Add(request => request.IsUpload, Faults.AbsoluteLocation());
        Assert.StartsWith($"http://{_registry.Host}/v2/", (await _client.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/")).Header("Location"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changing_upload_state_must_be_followed()
    {
        _registry.Add(request => request.IsUpload, new UploadState().Fault);
        var location = await _client.StartUploadAsync("app");
        var patch = await _client.SendAsync(HttpMethod.Patch, location, Content, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Accepted, patch.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.SendAsync(HttpMethod.Put, RegistryClient.Closing(location, _blob), [])).Status);
        Assert.Equal(HttpStatusCode.Created, (await _client.SendAsync(HttpMethod.Put, RegistryClient.Closing(patch.Location(_client.Address), _blob), [])).Status);
    }

    [Fact]
    public async Task Blobs_are_sent_to_another_host()
    {
        _registry.Add(request => request.IsBlob, Faults.RedirectTo(new Uri("http://127.0.0.2:1/")));
        var answer = await _client.GetAsync(Blob);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.Status);
        Assert.Equal($"http://127.0.0.2:1{Blob}", answer.Header("Location"));
    }

    [Fact]
    public async Task The_digest_header_is_wrong_on_request()
    {
        _registry.Add(request => request.IsBlob, Faults.WrongDigestHeader());
        Assert.NotEqual(_blob.ToString(), (await _client.GetAsync(Blob)).Header("Docker-Content-Digest"));
    }

    [Fact]
    public async Task A_token_is_good_for_its_scope_until_its_time_is_over()
    {
        var clock = new Clock();
        _registry.Add(_ => true, new TokenGate(TimeSpan.FromMinutes(5), clock).Fault);
        Assert.Contains($"scope=\"repository:app:pull\"", (await _client.GetAsync(Blob)).Header("WWW-Authenticate"), StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = _registry.Address };
        var token = (await _client.GetAsync("/token?service=registry&scope=repository:app:pull")).Json.GetProperty("token").GetString();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Blob)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/v2/other/tags/list")).StatusCode);
        clock.Now += TimeSpan.FromMinutes(5);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(Blob)).StatusCode);
    }

    [Fact]
    public async Task Chance_is_decided_by_the_seed()
    {
        async Task<string> PatternAsync(int seed)
        {
            await using var registry = await FaultyRegistry.StartAsync(_folder.Of($"seeded-{Guid.NewGuid():N}"), seed);
            registry.Add(new FaultRule(_ => true, Faults.Answer(500)) { Probability = 0.5 });
            using var client = new RegistryClient(registry.Address);
            var statuses = new List<int>();
            for (var i = 0; i < 30; i++)
                statuses.Add((int)(await client.GetAsync("/v2/")).Status);
            return string.Join(' ', statuses);
        }
        var first = await PatternAsync(7);
        Assert.Contains("500", first, StringComparison.Ordinal);
        Assert.Contains("200", first, StringComparison.Ordinal);
        Assert.Equal(first, await PatternAsync(7));
        Assert.NotEqual(first, await PatternAsync(8));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _registry.DisposeAsync();
        _folder.Dispose();
    }
}

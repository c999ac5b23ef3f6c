using System.Net;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests.Faults;

/// <summary>What the proxy is told to do, clients see; what it is not told to do, they don't.</summary>
public sealed class TcpProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[100_000];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private ServedTree _tree = null!;
    private RegistryServer _server = null!;
    private TcpProxy _proxy = null!;
    private Uri _blob = null!;

    public async Task InitializeAsync()
    {
        new Random(1).NextBytes(_content);
        var builder = new StorageTreeBuilder(_folder.Path);
        var blob = builder.AddBlob(_content);
        builder.AddImage("app", "v1", new ImageSpec(blob, []));
        _tree = ServedTree.Open(_folder.Path, isWritable: true);
        _server = await RegistryServer.StartAsync(_tree, new RegistryServerOptions { Listen = "127.0.0.1:0" }, log: null, default);
        _proxy = new TcpProxy(_server.Address.Port);
        _client.BaseAddress = new Uri($"http://{_proxy.Host}/");
        _blob = new Uri($"/v2/app/blobs/{blob.Digest}", UriKind.Relative);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        _tree.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Without_a_schedule_all_is_as_if_it_were_not_there()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(_content, await _client.GetByteArrayAsync(_blob));
            using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, _blob));
            Assert.Equal(_content.Length, head.Content.Headers.ContentLength);
            using var missing = await _client.GetAsync(new Uri("/v2/app/manifests/v2", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
            using var pushed = await PushAsync(isExpecting: i == 1);
            Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        }
        Assert.Contains("\"v1\"", await _client.GetStringAsync(new Uri("/v2/app/tags/list", UriKind.Relative)), StringComparison.Ordinal);
        Assert.True(_proxy.Received > 3 * _content.Length);
        Assert.Empty(_proxy.Met);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(50_000, false)]
    [InlineData(50_000, true)]
    public async Task An_answer_is_cut_after_so_many_bytes_and_the_next_one_is_whole(long after, bool byReset)
    {
        Once(new LineFault.CutAnswer(after, byReset));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetByteArrayAsync(_blob));
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task An_answer_that_is_lost_whole_is_to_something_that_was_done()
    {
        _content[0] ^= 1;
        _proxy.Schedule = request => request.Method == "PUT" ? new LineFault.CutAnswer(0) : null;
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () => (await PushAsync(isExpecting: false)).Dispose());
        _blob = new Uri($"/v2/app/blobs/{Digest.OfSha256(_content)}", UriKind.Relative);
        await IsPlainAgainAsync();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(60_000, true)]
    public async Task A_request_is_cut_after_so_many_bytes_and_never_comes_to_its_end(long after, bool byReset)
    {
        _proxy.Schedule = request => request.Method == "PUT" ? new LineFault.CutRequest(after, byReset) : null;
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () => (await PushAsync(isExpecting: false)).Dispose());
        Assert.Single(_proxy.Met);
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task What_is_stalled_moves_no_more_and_ends_with_the_fault()
    {
        Once(new LineFault.StallAnswer(30_000));
        var stalled = _client.GetByteArrayAsync(_blob);
        await Poll.UntilAsync(() => Task.FromResult(_proxy.Met.Count == 1));
        Assert.False(stalled.IsCompleted);
        _proxy.Heal();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stalled.WaitAsync(Patience));
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task What_is_held_goes_on_when_it_is_let_go()
    {
        _proxy.HoldAfter(1, request => request.IsBlobGet);
        Assert.Equal(_content, await _client.GetByteArrayAsync(_blob));
        var held = _client.GetByteArrayAsync(_blob);
        await _proxy.Held.WaitAsync(Patience);
        Assert.False(held.IsCompleted);
        _proxy.Heal();
        Assert.Equal(_content, await held.WaitAsync(Patience));
    }

    [Fact]
    public async Task Somebody_else_answers_with_what_the_test_says()
    {
        Once(new LineFault.Answer(429, "<html>slow down</html>", ("Retry-After", "7"), ("Content-Type", "text/html")));
        using (var answer = await _client.GetAsync(_blob))
        {
            Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7)), (answer.StatusCode, answer.Headers.RetryAfter!.Delta));
            Assert.Equal("<html>slow down</html>", await answer.Content.ReadAsStringAsync());
        }
        _proxy.Schedule = request => request.Method == "PUT" ? new LineFault.Answer(503, "") : null;
        foreach (var isExpecting in new[] { false, true })
            using (var answer = await PushAsync(isExpecting))
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await IsPlainAgainAsync();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_length_is_said_that_is_not_the_contents(int by)
    {
        Once(new LineFault.WrongLength(by));
        using var answer = await _client.GetAsync(_blob, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(_content.Length + by, answer.Content.Headers.ContentLength);
        if (by > 0)
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.ReadAsByteArrayAsync());
        else
            Assert.Equal(_content[..^10], await answer.Content.ReadAsByteArrayAsync());
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task A_request_that_says_less_than_it_has_is_taken_as_far_as_it_says()
    {
        _proxy.Schedule = request => request.Method == "PUT" ? new LineFault.WrongRequestLength(-10) : null;
        using (var answer = await PushAsync(isExpecting: false))
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task A_request_that_says_more_than_it_has_never_comes_to_its_end()
    {
        _proxy.Schedule = request => request.Method == "PUT" ? new LineFault.WrongRequestLength(10) : null;
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () => (await PushAsync(isExpecting: false)).Dispose());
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task A_schedule_sees_what_a_request_asks_for()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<ProxiedRequest>();
        _proxy.Schedule = request =>
        {
            seen.Enqueue(request);
            return null;
        };
        (await PushAsync(isExpecting: false)).Dispose();
        Assert.Equal([("POST", ""), ("PUT", $"digest={Digest.OfSha256(_content)}")], seen.Select(request => (request.Method, request.Query)));
    }

    [Fact]
    public async Task A_registry_that_is_started_anew_takes_no_connection_and_then_does()
    {
        Once(new LineFault.Restart(TimeSpan.FromMilliseconds(300)));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetByteArrayAsync(_blob));
        await Poll.UntilAsync(IsThereAsync);
        await IsPlainAgainAsync();
    }

    [Fact]
    public async Task What_is_slow_comes_whole()
    {
        Once(new LineFault.Slow(1_000_000));
        Assert.Equal(_content, await _client.GetByteArrayAsync(_blob));
        Assert.Single(_proxy.Met);
    }

    [Fact]
    public async Task While_it_is_paused_no_body_is_taken()
    {
        _proxy.Pause();
        var pushed = PushAsync(isExpecting: false);
        await Poll.UntilAsync(() => Task.FromResult(_proxy.Received > 0));
        Assert.False(pushed.IsCompleted);
        _proxy.Resume();
        using var answer = await pushed.WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private void Once(LineFault fault)
    {
        var left = 1;
        _proxy.Schedule = _ => Interlocked.Decrement(ref left) == 0 ? fault : null;
    }

    private async Task IsPlainAgainAsync()
    {
        Assert.NotEmpty(_proxy.Met);
        _proxy.Heal();
        Assert.Equal(_content, await _client.GetByteArrayAsync(_blob).WaitAsync(Patience));
    }

    private async Task<bool> IsThereAsync()
    {
        try
        {
            return (await _client.GetByteArrayAsync(_blob)).Length > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> PushAsync(bool isExpecting)
    {
        using var opened = await _client.PostAsync(new Uri("/v2/app/blobs/uploads/", UriKind.Relative), null);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{opened.Headers.Location}?digest={Digest.OfSha256(_content)}") { Content = new ByteArrayContent(_content) };
        request.Headers.ExpectContinue = isExpecting;
        return await _client.SendAsync(request);
    }
}

using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Source;

public sealed class BlobTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);
    private static readonly Digest Blob = Digest.OfSha256(Content);
    private static readonly RegistryOptions TwoTries = new() { RetryTimes = 2, RetryDelay = TimeSpan.Zero };

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    private IEnumerable<string> Ranges => _registry.Requests.Skip(1).Select(request => request.Range);

    [Fact]
    public async Task A_blobs_size_is_asked_for_by_HEAD()
    {
        _registry.Answer = (_, http) =>
        {
            http.Response.ContentLength = Content.Length;
            return Task.CompletedTask;
        };
        await using var source = _registry.Source();
        Assert.Equal(Content.Length, await source.FindBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal($"HEAD /v2/team/app/blobs/{Blob}", _registry.Requests.Last().ToString());
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, 404, "BLOB_UNKNOWN");
        Assert.Null(await source.FindBlobAsync(App, Blob, CancellationToken.None));
    }

    [Fact]
    public async Task Where_the_content_breaks_off_it_goes_on_by_Range()
    {
        var cuts = 2;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Content, cuts-- > 0 ? 100_000 : int.MaxValue);
        Assert.Equal(Content, await ReadAsync());
        Assert.Equal(["", "bytes=100000-", "bytes=200000-"], Ranges);
    }

    [Fact]
    public async Task From_an_offset_only_the_rest_is_asked_for()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Content);
        Assert.Equal(Content[1000..], await ReadAsync(1000));
        Assert.Equal(["bytes=1000-"], Ranges);
    }

    [Fact]
    public async Task At_the_end_and_behind_it_there_is_nothing_left()
    {
        foreach (var knowsRange in new[] { true, false })
        {
            _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(knowsRange ? request : request with { Range = "" }, http, Content);
            Assert.Empty(await ReadAsync(Content.Length));
            Assert.Empty(await ReadAsync(Content.Length + 1));
        }
    }

    [Fact]
    public async Task A_server_that_ignores_Range_is_read_over_also_after_a_break()
    {
        var cuts = 1;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request with { Range = "" }, http, Content, cuts-- > 0 ? 100_000 : int.MaxValue);
        Assert.Equal(Content[5000..], await ReadAsync(5000));
        Assert.Equal(["bytes=5000-", "bytes=100000-"], Ranges);
    }

    [Fact]
    public async Task A_server_that_breaks_off_before_the_position_does_not_shift_the_content()
    {
        var cuts = 1;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request with { Range = "" }, http, Content, cuts-- > 0 ? 100 : int.MaxValue);
        Assert.Equal(Content[5000..], await ReadAsync(5000));
    }

    [Fact]
    public async Task A_part_that_is_smaller_than_what_was_asked_for_is_not_the_end()
    {
        _registry.Answer = (request, http) =>
        {
            var from = int.Parse(request.Range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            var part = Content.AsMemory(from, Math.Min(150_000, Content.Length - from));
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = $"bytes {from}-{from + part.Length - 1}/{Content.Length}";
            http.Response.ContentLength = part.Length;
            return http.Response.Body.WriteAsync(part).AsTask();
        };
        Assert.Equal(Content[1000..], await ReadAsync(1000));
        Assert.Equal(["bytes=1000-", "bytes=151000-"], Ranges);
    }

    [Fact]
    public async Task Breaks_with_much_between_them_are_not_counted_together()
    {
        var large = RandomNumberGenerator.GetBytes(70 * 1024 * 1024);
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, large, 17 * 1024 * 1024);
        await using var source = _registry.Source(options: new RegistryOptions { RetryTimes = 1, RetryDelay = TimeSpan.Zero });
        await using var stream = await source.OpenBlobAsync(App, Digest.OfSha256(large), 0, CancellationToken.None);
        Assert.Equal(Digest.OfSha256(large).Hex, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
        Assert.Equal(5, Ranges.Count());
    }

    [Theory]
    [InlineData("length")]
    [InlineData("etag")]
    [InlineData("digest")]
    [InlineData("part")]
    public async Task Content_that_has_changed_is_not_gone_on_with(string change)
    {
        var isFirst = true;
        _registry.Answer = (request, http) =>
        {
            var wasFirst = isFirst;
            isFirst = false;
            http.Response.Headers.ETag = change == "etag" && !wasFirst ? "\"2\"" : "\"1\"";
            http.Response.Headers["Docker-Content-Digest"] = change == "digest" && !wasFirst ? Digest.OfSha256([2]).ToString() : Blob.ToString();
            var seen = change == "part" && !wasFirst ? request with { Range = "bytes=7-" } : request;
            return ScriptedRegistry.ContentAsync(seen, http, change == "length" && !wasFirst ? Content.AsMemory(1) : Content, wasFirst ? 100_000 : int.MaxValue);
        };
        Assert.Equal(ErrorCode.ProtocolViolation, (await Assert.ThrowsAsync<TransferException>(() => ReadAsync())).Error.Code);
        Assert.Equal(2, Ranges.Count());
    }

    [Fact]
    public async Task Content_that_always_breaks_off_fails_after_as_many_tries_as_the_options_say_and_concerns_this_blob_alone()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Content, 10);
        var failure = await Assert.ThrowsAsync<TransferException>(() => ReadAsync(options: TwoTries));
        Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Blob, true), (failure.Error.Code, failure.Error.Scope, failure.IsTransient));
        Assert.Contains("at byte 30", failure.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["", "bytes=10-", "bytes=20-"], Ranges);
    }

    [Fact]
    public async Task Content_that_falls_silent_is_asked_for_again()
    {
        var isSilent = true;
        _registry.Answer = async (request, http) =>
        {
            if (!isSilent)
            {
                await ScriptedRegistry.ContentAsync(request, http, Content);
                return;
            }
            isSilent = false;
            http.Response.ContentLength = Content.Length;
            await http.Response.Body.WriteAsync(Content.AsMemory(0, 1000));
            await http.Response.Body.FlushAsync();
            var gone = new TaskCompletionSource();
            await using var registration = http.RequestAborted.Register(gone.SetResult);
            await gone.Task.WaitAsync(TimeSpan.FromMinutes(2));
        };
        Assert.Equal(Content, await ReadAsync(options: new RegistryOptions { RetryDelay = TimeSpan.Zero, IdleTimeout = TimeSpan.FromSeconds(5) }));
        Assert.Equal(["", "bytes=1000-"], Ranges);
    }

    [Theory]
    [InlineData(404, "BLOB_UNKNOWN", ErrorCode.BlobMissing)]
    [InlineData(403, "DENIED", ErrorCode.Denied)]
    public async Task A_blob_that_is_refused_has_a_stable_code(int status, string said, string code)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, status, said);
        Assert.Equal(code, (await Assert.ThrowsAsync<TransferException>(() => ReadAsync())).Error.Code);
    }

    [Fact]
    public async Task A_redirect_to_another_host_is_followed_without_credentials_also_when_going_on()
    {
        await using var store = await ScriptedRegistry.StartAsync();
        var cuts = 1;
        store.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Content, cuts-- > 0 ? 100_000 : int.MaxValue);
        _registry.AnswerBase = (request, http) => request.Authorization.Length > 0 ? ScriptedRegistry.StatusAsync(http, 200)
            : ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"x\""));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 307, "", ("Location", $"http://{store.Host}/signed?key=1"));
        Assert.Equal(Content, await ReadAsync(credential: new RegistryCredential("reader", "secret")));
        Assert.All(store.Requests, request => Assert.Equal("", request.Authorization));
        Assert.Equal(["", "bytes=100000-"], store.Requests.Select(request => request.Range));
        Assert.StartsWith("Basic ", _registry.Requests.Last().Authorization, StringComparison.Ordinal);
    }

    private async Task<byte[]> ReadAsync(int offset = 0, RegistryOptions? options = null, RegistryCredential? credential = null)
    {
        await using var source = _registry.Source(credential, options: options);
        await using var stream = await source.OpenBlobAsync(App, Blob, offset, CancellationToken.None);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }
}

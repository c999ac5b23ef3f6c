using System.Globalization;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class RetryTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Blob = Digest.OfSha256([1]);

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(522)]
    public async Task A_passing_status_is_tried_again(int status)
    {
        var left = 3;
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, left-- > 0 ? status : 404);
        await using var target = await _registry.ConnectAsync();
        Assert.Null(await target.HeadBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal(-1, left);
    }

    [Fact]
    public async Task A_status_that_does_not_pass_fails_after_as_many_tries_as_the_options_say()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 503);
        await using var target = await _registry.ConnectAsync(options: new RegistryOptions { RetryTimes = 2, RetryDelay = TimeSpan.Zero });
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal(ErrorCode.ServerError, failure.Error.Code);
        Assert.True(failure.IsTransient);
        Assert.Equal(3, _registry.Requests.Count(request => request.Method == "HEAD"));
    }

    [Fact]
    public async Task A_pause_that_the_registry_asks_for_is_never_longer_than_the_longest()
    {
        var time = new PassingTime();
        var left = 1;
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, left-- > 0 ? 503 : 404, "", ("Retry-After", left >= 0 ? "86400" : "0"));
        await using var target = await _registry.ConnectAsync(options: new RegistryOptions { MaxRetryDelay = TimeSpan.FromMinutes(3) }, time: time);
        Assert.Null(await target.HeadBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal(TimeSpan.FromMinutes(3), time.Passed);
    }

    [Fact]
    public async Task A_connection_that_is_cut_before_an_answer_is_tried_again()
    {
        var left = 2;
        _registry.Answer = (_, http) =>
        {
            if (left-- > 0)
                http.Abort();
            return ScriptedRegistry.StatusAsync(http, 404);
        };
        await using var target = await _registry.ConnectAsync();
        Assert.Null(await target.HeadBlobAsync(App, Blob, CancellationToken.None));
    }

    [Fact]
    public async Task A_list_of_tags_that_breaks_off_is_asked_for_again()
    {
        var left = 1;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, "{\"tags\":[\"1\",\"2\"]}"u8.ToArray(), left-- > 0 ? 5 : int.MaxValue);
        await using var target = await _registry.ConnectAsync();
        Assert.Equal([Tag.Parse("1"), Tag.Parse("2")], await target.ListTagsAsync(App, CancellationToken.None));
    }

    [Theory]
    [InlineData(403, ErrorCode.Denied)]
    [InlineData(200, ErrorCode.RequestTimedOut)]
    public async Task A_body_that_does_not_come_is_not_waited_for_without_end(int status, string code)
    {
        using var end = new CancellationTokenSource();
        _registry.Answer = async (_, http) =>
        {
            http.Response.StatusCode = status;
            http.Response.ContentLength = 100;
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        await using var target = await _registry.ConnectAsync(options: new RegistryOptions { RetryTimes = 0, IdleTimeout = TimeSpan.FromSeconds(4) });
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.ListTagsAsync(App, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2)));
        await end.CancelAsync();
        Assert.Equal(code, failure.Error.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retry_After_holds_back_every_request_to_the_host(bool asDate)
    {
        var time = new HeldTime();
        var left = 1;
        var value = asDate ? (time.GetUtcNow() + TimeSpan.FromSeconds(30)).ToString("R", CultureInfo.InvariantCulture) : "30";
        _registry.Answer = (_, http) => left-- > 0 ? ScriptedRegistry.StatusAsync(http, 429, "", ("Retry-After", value)) : ScriptedRegistry.StatusAsync(http, 404);
        await using var target = await _registry.ConnectAsync(time: time);
        var first = target.HeadBlobAsync(App, Blob, CancellationToken.None);
        await time.WaitForPauseAsync();
        var second = target.HeadBlobAsync(App, Digest.OfSha256([2]), CancellationToken.None);
        await time.WaitForPauseAsync();
        Assert.False(first.IsCompleted || second.IsCompleted);
        Assert.Single(_registry.Requests, request => request.Method == "HEAD");

        time.Pass();
        await Task.WhenAll(first, second);
        Assert.Equal(3, _registry.Requests.Count(request => request.Method == "HEAD"));
    }

    /// <summary>A clock that stands until it is told to pass over the pauses; other timers never fire.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

        private readonly SemaphoreSlim _asked = new(0);
        private readonly List<Action> _waiting = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Pause)
            {
                lock (_waiting)
                    _waiting.Add(() => callback(state));
                _asked.Release();
            }
            return new Timer();
        }

        public async Task WaitForPauseAsync() => Assert.True(await _asked.WaitAsync(TimeSpan.FromMinutes(2)), "No request paused.");

        public void Pass()
        {
            _now += Pause;
            List<Action> due;
            lock (_waiting)
                due = [.. _waiting];
            due.ForEach(fire => fire());
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}

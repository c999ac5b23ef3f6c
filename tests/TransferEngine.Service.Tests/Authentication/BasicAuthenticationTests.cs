using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using TransferEngine.Service.Registry;
using TransferEngine.TestKit;

namespace TransferEngine.Service.Tests.Authentication;

/// <summary>Who is let in, who waits for whom, and what it costs; bcrypt itself is stood in for, so that it can be counted and held.</summary>
public sealed class BasicAuthenticationTests : IDisposable
{
    private const string Entry = "$2y$05$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e";

    private readonly TemporaryFolder _folder = new();
    private readonly Clock _time = new();
    private readonly List<string> _checked = [];
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly BasicAuthentication _guard;

    public BasicAuthenticationTests()
    {
        File.WriteAllText(_folder.Of("users"), $"mover:{Entry}\nother:{Entry}\n");
        _guard = new BasicAuthentication(Htpasswd.Read(_folder.Of("users"), Verify), _time, threads: 1);
    }

    public void Dispose()
    {
        _open.Set();
        _guard.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Who_was_accepted_before_is_let_in_while_sixty_guessers_hold_every_check()
    {
        Assert.Equal(200, await StatusAsync("10.0.0.1", "mover", "right"));
        _open.Reset();
        var guesses = Enumerable.Range(0, 60).Select(i => AskAsync("10.0.0.1", $"guesser{i}", "wrong")).ToList();

        var served = AskAsync("10.0.0.1", "mover", "right");

        // At once, on the request's own thread, with not one guess checked.
        Assert.True(served.IsCompletedSuccessfully);
        Assert.Equal(200, (await served).Response.StatusCode);
        Assert.All(guesses, guess => Assert.False(guess.IsCompleted));
        _open.Set();
        Assert.All(await Task.WhenAll(guesses), guess => Assert.Equal(401, guess.Response.StatusCode));
    }

    [Fact]
    public async Task Whoever_comes_from_elsewhere_waits_for_one_check_and_not_for_the_line_of_a_guesser()
    {
        _open.Reset();
        var guesses = Enumerable.Range(0, 60).Select(i => AskAsync("10.0.0.1", $"guesser{i}", $"wrong{i}")).ToList();
        await Poll.UntilAsync(() => Task.FromResult(Checked().Length == 1));
        var newcomer = AskAsync("10.0.0.2", "mover", "right");
        _open.Set();

        Assert.Equal(200, (await newcomer).Response.StatusCode);
        await Task.WhenAll(guesses);
        Assert.InRange(Array.IndexOf(Checked(), "right"), 1, 2);
    }

    [Fact]
    public async Task More_than_a_client_has_connections_do_not_wait_but_come_again()
    {
        _open.Reset();
        var asked = Enumerable.Range(0, 100).Select(i => AskAsync("10.0.0.1", $"guesser{i}", "wrong")).ToList();
        var (told, waiting) = (asked.Where(one => one.IsCompleted).ToList(), asked.Count(one => !one.IsCompleted));
        Assert.InRange(waiting, 64, 65);
        Assert.All(told, one => Assert.Equal((429, "1"), (one.Result.Response.StatusCode, one.Result.Response.Headers.RetryAfter.ToString())));
        _open.Set();
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task Wrong_tries_make_only_the_guesser_wait()
    {
        for (var i = 0; i < GuessLimit.FreeTries; i++)
            Assert.Equal(401, await StatusAsync("10.0.0.1", "mover", $"wrong{i}"));
        var refused = await AskAsync("10.0.0.1", "mover", "right");
        Assert.Equal((429, "1"), (refused.Response.StatusCode, refused.Response.Headers.RetryAfter.ToString()));
        Assert.Equal(GuessLimit.FreeTries, Checked().Length);

        // Another name, and the same from elsewhere.
        Assert.Equal(200, await StatusAsync("10.0.0.1", "other", "right"));
        Assert.Equal(200, await StatusAsync("10.0.0.2", "mover", "right"));

        _time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(401, await StatusAsync("10.0.0.1", "mover", "wrong"));
        Assert.Equal("2", (await AskAsync("10.0.0.1", "mover", "wrong again")).Response.Headers.RetryAfter.ToString());
        _time.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(200, await StatusAsync("10.0.0.1", "mover", "right"));
    }

    [Theory]
    [InlineData("mover")]
    [InlineData("nobody")]
    public async Task A_guesser_waits_up_to_a_minute_whether_the_name_exists_or_not(string user)
    {
        var waits = new List<string>();
        for (var i = 0; waits.Count < 9; i++)
            if (await AskAsync("10.0.0.1", user, $"wrong{i}") is { Response: { StatusCode: 429 } response })
            {
                waits.Add(response.Headers.RetryAfter.ToString());
                _time.Now += TimeSpan.FromSeconds(int.Parse(waits[^1], System.Globalization.CultureInfo.InvariantCulture));
            }
        Assert.Equal(["1", "2", "4", "8", "16", "32", "60", "60", "60"], waits);
    }

    [Fact]
    public async Task Guesses_that_waited_together_are_limited_too()
    {
        _open.Reset();
        var guesses = Enumerable.Range(0, 60).Select(i => AskAsync("10.0.0.1", "mover", $"wrong{i}")).ToList();
        _open.Set();
        var statuses = (await Task.WhenAll(guesses)).Select(guess => guess.Response.StatusCode).ToList();

        Assert.Equal((GuessLimit.FreeTries, 60 - GuessLimit.FreeTries), (statuses.Count(one => one == 401), statuses.Count(one => one == 429)));
        Assert.Equal(GuessLimit.FreeTries, Checked().Length);
    }

    [Fact]
    public async Task A_whole_network_of_IPv6_is_one_guesser()
    {
        for (var i = 0; i < GuessLimit.FreeTries; i++)
            Assert.Equal(401, await StatusAsync($"2001:db8:1:2::{i}", "mover", "wrong"));
        Assert.Equal(429, await StatusAsync("2001:db8:1:2:ffff::1", "mover", "right"));
        Assert.Equal(200, await StatusAsync("2001:db8:1:3::1", "mover", "right"));
        Assert.Equal(401, await StatusAsync("::ffff:10.0.0.1", "other", "wrong"));
    }

    [Fact]
    public async Task A_password_is_checked_once_and_again_when_it_was_not_used_for_an_hour()
    {
        foreach (var pause in new[] { 0, 1, 59, 59, 59 })
        {
            _time.Now += TimeSpan.FromMinutes(pause);
            Assert.Equal(200, await StatusAsync("10.0.0.1", "mover", "right"));
        }
        Assert.Single(Checked());
        _time.Now += TimeSpan.FromMinutes(61);
        Assert.Equal(200, await StatusAsync("10.0.0.1", "mover", "right"));
        Assert.Equal(2, Checked().Length);
    }

    [Fact]
    public async Task Many_first_requests_of_one_client_are_one_check()
    {
        _open.Reset();
        var requests = Enumerable.Range(0, 30).Select(_ => AskAsync("10.0.0.1", "mover", "right")).ToList();
        _open.Set();

        Assert.All(await Task.WhenAll(requests), request => Assert.Equal(200, request.Response.StatusCode));
        Assert.Single(Checked());
    }

    [Fact]
    public async Task What_a_client_no_longer_waits_for_is_not_checked()
    {
        _open.Reset();
        var first = AskAsync("10.0.0.1", "guesser", "wrong");
        await Poll.UntilAsync(() => Task.FromResult(Checked().Length == 1));
        using var gone = new CancellationTokenSource();
        var second = AskAsync("10.0.0.1", "mover", "never", gone.Token);
        await gone.CancelAsync();
        _open.Set();
        await Task.WhenAll(first, second);

        Assert.Equal(200, await StatusAsync("10.0.0.1", "mover", "right"));
        Assert.DoesNotContain("never", Checked());
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_no_check()
    {
        _open.Reset();
        var waiting = Enumerable.Range(0, 10).Select(i => AskAsync("10.0.0.1", $"guesser{i}", "wrong")).ToList();
        await Poll.UntilAsync(() => Task.FromResult(Checked().Length == 1));

        _guard.Dispose();

        // All but the one that is being checked.
        await Task.WhenAll(waiting.Skip(1));
        Assert.True(AskAsync("10.0.0.1", "mover", "right").IsCompletedSuccessfully);
        _open.Set();
        await waiting[0];
        Assert.Single(Checked());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer x")]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Basic bW92ZXI=")]
    [InlineData("Basic bW92ZXI6cmlnaHQA")]
    public async Task Whatever_holds_no_name_and_password_is_asked_for_one_and_costs_nothing(string? header)
    {
        var context = await AskAsync("10.0.0.1", header);

        Assert.Equal(401, context.Response.StatusCode);
        Assert.StartsWith("Basic ", context.Response.Headers.WWWAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Empty(Checked());
    }

    private bool Verify(string password, string hash)
    {
        lock (_checked)
            _checked.Add(password);
        _open.Wait();
        return password == "right";
    }

    private string[] Checked()
    {
        lock (_checked)
            return [.. _checked];
    }

    private async Task<int> StatusAsync(string address, string user, string password) => (await AskAsync(address, user, password)).Response.StatusCode;

    private Task<HttpContext> AskAsync(string address, string user, string password, CancellationToken aborted = default) =>
        AskAsync(address, "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")), aborted);

    private async Task<HttpContext> AskAsync(string address, string? header, CancellationToken aborted = default)
    {
        var context = new DefaultHttpContext { RequestAborted = aborted };
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Request.Headers.Authorization = header;
        await _guard.GuardAsync(context, _ => Task.CompletedTask);
        return context;
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

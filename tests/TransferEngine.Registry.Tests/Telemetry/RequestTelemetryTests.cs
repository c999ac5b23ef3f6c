using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;
using TransferEngine.TestKit.Telemetry;

namespace TransferEngine.Registry.Tests.Telemetry;

/// <summary>What is told of requests, and that none of it is a secret.</summary>
public sealed class RequestTelemetryTests : IAsyncLifetime
{
    private const string Password = "correct-horse-battery";
    private const string Session = "opens-the-session";

    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Blob = Digest.OfSha256([1]);

    private readonly KeptLog _log = new();
    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    private int Port => new Uri("http://" + _registry.Host).Port;

    [Fact]
    public async Task Requests_are_timed_by_host_method_and_status()
    {
        await using var target = await _registry.ConnectAsync();
        using var measurements = Measure();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);
        await target.ListTagsAsync(App, CancellationToken.None);
        Assert.Equal(
            [
                "transfer_engine.request.duration{server.address=127.0.0.1,http.request.method=GET,http.response.status_code=404} 1",
                "transfer_engine.request.duration{server.address=127.0.0.1,http.request.method=HEAD,http.response.status_code=404} 2",
            ], measurements.Counts());
    }

    [Theory]
    [InlineData(503, "server_error")]
    [InlineData(429, "throttled")]
    public async Task A_passing_status_is_told_as_the_reason_why_the_request_is_sent_again(int status, string reason)
    {
        var left = 2;
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, Interlocked.Decrement(ref left) >= 0 ? status : 404);
        await using var target = await ConnectAsync();
        using var measurements = Measure();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);

        Assert.Contains($"transfer_engine.request.retries{{server.address=127.0.0.1,transfer_engine.reason={reason}}} 2", measurements.Sums());
        Assert.Contains($"transfer_engine.request.pause.duration{{server.address=127.0.0.1,transfer_engine.reason={reason}}} 2", measurements.Counts());
        Assert.Equal([(2000, LogLevel.Debug), (2001, LogLevel.Debug), (2000, LogLevel.Debug), (2001, LogLevel.Debug)], _log.Entries.Select(entry => (entry.Event.Id, entry.Level)));
        Assert.Equal($"A request to {_registry.Host} is sent again: {reason}", _log.Entries[0].Text);
        Assert.All(_log.Entries, entry => Assert.Equal("TransferEngine.Registry", entry.Category));
    }

    [Fact]
    public async Task A_pause_that_the_registry_asks_for_is_told_with_its_length()
    {
        var left = 1;
        _registry.Answer = (_, http) => Interlocked.Decrement(ref left) >= 0 ? ScriptedRegistry.StatusAsync(http, 429, "", ("Retry-After", "7")) : ScriptedRegistry.StatusAsync(http, 404);
        await using var target = await ConnectAsync(time: new PassingTime());
        using var measurements = Measure();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);

        Assert.Contains("transfer_engine.request.pause.duration{server.address=127.0.0.1,transfer_engine.reason=throttled} 7", measurements.Sums());
        Assert.Contains("transfer_engine.request.retries{server.address=127.0.0.1,transfer_engine.reason=throttled} 1", measurements.Sums());
        Assert.Contains($"Requests to {_registry.Host} are kept back for 00:00:07: throttled", _log.Entries.Select(entry => entry.Text));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_by_the_code_of_its_error()
    {
        var left = 1;
        _registry.Answer = (_, http) =>
        {
            if (Interlocked.Decrement(ref left) >= 0)
                http.Abort();
            return ScriptedRegistry.StatusAsync(http, 404);
        };
        await using var target = await ConnectAsync();
        using var measurements = Measure();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);

        Assert.Contains("transfer_engine.request.duration{server.address=127.0.0.1,http.request.method=HEAD,error.type=HOST_UNREACHABLE} 1", measurements.Counts());
        Assert.Contains("transfer_engine.request.retries{server.address=127.0.0.1,transfer_engine.reason=reset} 1", measurements.Sums());
    }

    [Fact]
    public async Task A_registry_that_answers_nobody_is_told_as_an_outage()
    {
        Task AnswerAsync(HttpContext http, int status)
        {
            if (!_log.Entries.Any(entry => entry.Text.EndsWith("outage", StringComparison.Ordinal)))
                http.Abort();
            return ScriptedRegistry.StatusAsync(http, status);
        }
        await using var target = await ConnectAsync(time: new PassingTime());
        _registry.Answer = (_, http) => AnswerAsync(http, 404);
        _registry.AnswerBase = (_, http) => AnswerAsync(http, 200);
        using var measurements = Measure();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);
        Assert.Contains("transfer_engine.request.retries{server.address=127.0.0.1,transfer_engine.reason=outage} 1", measurements.Sums());
    }

    [Fact]
    public async Task A_request_is_within_what_it_is_sent_for_and_the_registry_hears_nothing_of_that()
    {
        var headers = new List<string>();
        _registry.Answer = (_, http) =>
        {
            headers.AddRange(http.Request.Headers.Keys);
            return ScriptedRegistry.StatusAsync(http, 404);
        };
        await using var target = await ConnectAsync();
        using var traces = new Traces("System.Net.Http");
        using var upload = new Activity("upload blob").SetIdFormat(ActivityIdFormat.W3C).AddBaggage("job", "secret").Start();
        await target.HeadBlobAsync(App, Blob, CancellationToken.None);

        var request = Assert.Single(traces.Of(upload.TraceId));
        Assert.Equal((upload.SpanId, "HEAD"), (request.ParentSpanId, request.GetTagItem("http.request.method")));
        Assert.Contains("User-Agent", headers);
        Assert.Empty(headers.Intersect(["traceparent", "tracestate", "Request-Id", "Correlation-Context", "baggage"], StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Basic realm=\"r\"")]
    [InlineData("Bearer realm=\"http://{host}/token?account=x\",service=\"s\"")]
    public async Task No_secret_is_told_to_anybody(string challenge)
    {
        var failures = 2;
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(
            http, request.Authorization.Length == 0 ? 401 : 200, "", ("WWW-Authenticate", challenge.Replace("{host}", _registry.Host, StringComparison.Ordinal)));
        _registry.Answer = (request, http) =>
            request.Target.StartsWith("/token", StringComparison.Ordinal) ? ScriptedRegistry.StatusAsync(http, 200, $$"""{"token":"{{Session}}-token"}""")
            : Interlocked.Decrement(ref failures) >= 0 ? ScriptedRegistry.StatusAsync(http, 503)
            : request.Method == "POST" ? ScriptedRegistry.StatusAsync(http, 202, "", ("Location", $"/v2/team/app/blobs/uploads/1?_state={Session}"))
            : ScriptedRegistry.StatusAsync(http, request.Method == "PUT" ? 201 : 404);
        using var measurements = Measure();
        using var traces = new Traces("System.Net.Http", "TransferEngine");
        using var mine = new Activity("mine").SetIdFormat(ActivityIdFormat.W3C).Start();
        await using (var target = await ConnectAsync(new RegistryCredential("mover", Password)))
        {
            var session = await target.StartUploadAsync(App, CancellationToken.None);
            await target.CancelUploadAsync(session, CancellationToken.None);
        }
        // All of it was at work.
        Assert.Contains(_registry.Requests, request => request.Authorization.Length > 0);
        Assert.Contains(_registry.Requests, request => request.Target.Contains(Session, StringComparison.Ordinal));
        Assert.NotEmpty(_log.Entries);

        var basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"mover:{Password}"));
        var activities = traces.Of(mine.TraceId);
        Assert.NotEmpty(activities);
        var told = _log.Entries.Select(entry => entry.Text).Concat(measurements.Tags)
            .Concat(activities.SelectMany(activity => activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(activity.DisplayName))).ToList();
        Assert.All(told, text => Assert.DoesNotContain([Password, basic, Session], secret => text.Contains(secret, StringComparison.Ordinal)));
        // Nor what there is too much of for a metric.
        Assert.DoesNotContain(measurements.Tags, tag => tag.Contains("team/app", StringComparison.Ordinal));
    }

    private Measurements Measure() => new("server.port", Port);

    private async Task<RegistryTarget> ConnectAsync(RegistryCredential? credential = null, TimeProvider? time = null)
    {
        var target = RegistryTarget.Create(RegistryEndpoint.Parse(_registry.Host), new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) },
            new FixedCredentials(credential), time ?? TimeProvider.System, _log);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }
}

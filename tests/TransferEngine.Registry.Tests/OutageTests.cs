using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>What is not answered fails alone; the registry is gone only when it answers nobody for some time.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private const int Tries = 2;

    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Blob = Digest.OfSha256([1]);
    private static readonly RegistryOptions Options = new() { RetryTimes = Tries, RetryDelay = TimeSpan.FromSeconds(1) };

    private readonly PassingTime _time = new();
    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public static TheoryData<string, ErrorScope, bool> Operations
    {
        get
        {
            var data = new TheoryData<string, ErrorScope, bool>();
            foreach (var isSilent in new[] { true, false })
            {
                data.Add("HEAD blob", ErrorScope.Blob, isSilent);
                data.Add("mount", ErrorScope.Blob, isSilent);
                data.Add("HEAD manifest", ErrorScope.Image, isSilent);
                data.Add("PUT manifest", ErrorScope.Image, isSilent);
                data.Add("tags", ErrorScope.Repository, isSilent);
                data.Add("start", ErrorScope.Repository, isSilent);
                data.Add("find blob", ErrorScope.Blob, isSilent);
                data.Add("read blob", ErrorScope.Blob, isSilent);
                data.Add("read manifest", ErrorScope.Image, isSilent);
                data.Add("names", ErrorScope.Repository, isSilent);
                data.Add("catalog", ErrorScope.Endpoint, isSilent);
                data.Add("referrers", ErrorScope.Image, isSilent);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task One_request_that_is_never_answered_fails_as_what_it_was_about_while_the_registry_answers_others(
        string operation, ErrorScope scope, bool isSilent)
    {
        _registry.Answer = (_, http) => isSilent ? CutAsync(http) : ScriptedRegistry.StatusAsync(http, 503);
        var error = await FailureAsync(operation);
        Assert.Equal((isSilent ? ErrorCode.HostUnreachable : ErrorCode.ServerError, scope, true), (error.Code, error.Scope, error.IsTransient));
        Assert.Equal(Tries + 1, _registry.Requests.Count(request => request.Target != "/v2/"));
    }

    [Fact]
    public async Task An_outage_is_counted_from_the_last_answer_that_anybody_got()
    {
        var pulse = new HostPulse(_time, TimeSpan.FromSeconds(60), () => Task.FromResult(false));
        var began = pulse.Now;
        await Task.Delay(TimeSpan.FromSeconds(50), _time, CancellationToken.None);
        pulse.Note();
        await Task.Delay(TimeSpan.FromSeconds(50), _time, CancellationToken.None);
        Assert.False(pulse.IsGone(began));
        await Task.Delay(TimeSpan.FromSeconds(11), _time, CancellationToken.None);
        Assert.True(pulse.IsGone(began));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task A_registry_that_comes_back_within_the_time_has_lost_nobody(string operation, ErrorScope scope, bool isSilent)
    {
        await using var side = new Side(_registry, _time);
        await side.ReadyAsync();
        var back = _time.Passed + TimeSpan.FromSeconds(40);
        Down(isSilent, () => _time.Passed < back, http => ScriptedRegistry.StatusAsync(http, 404));
        var failure = await Record.ExceptionAsync(() => side.RunAsync(operation));
        var isLost = failure is not null and not TransferException { Error.Code: not (ErrorCode.HostUnreachable or ErrorCode.ServerError) };
        Assert.False(isLost, $"{scope}: {failure}");
        Assert.True(_time.Passed >= back);
    }

    [Theory]
    [InlineData(true, ErrorCode.HostUnreachable)]
    [InlineData(false, ErrorCode.ServerError)]
    public async Task A_registry_that_answers_nobody_for_the_time_that_the_options_say_is_gone(bool isSilent, string code)
    {
        await using var side = new Side(_registry, _time);
        await side.ReadyAsync();
        var began = _time.Passed;
        Down(isSilent, () => true, _ => Task.CompletedTask);
        var error = (await Assert.ThrowsAsync<TransferException>(() => side.RunAsync("HEAD blob"))).Error;
        Assert.Equal((code, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("60 seconds", error.Message, StringComparison.Ordinal);
        Assert.InRange(_time.Passed - began, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75));
    }

    [Fact]
    public async Task The_first_request_is_tried_as_often_as_any_and_no_longer()
    {
        Down(isSilent: true, () => true, _ => Task.CompletedTask);
        var error = (await Assert.ThrowsAsync<TransferException>(() => _registry.ConnectAsync(options: Options, time: _time))).Error;
        Assert.Equal((ErrorCode.HostUnreachable, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Equal(Tries, _time.Pauses.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_credentials_own_first_request_is_tried_again_too(int cut)
    {
        var asked = 0;
        _registry.AnswerBase = (request, http) => request.Authorization.Length == 0
            ? ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"r\""))
            : asked++ <= cut ? CutAsync(http) : ScriptedRegistry.StatusAsync(http, 200);
        await using var target = await _registry.ConnectAsync(new RegistryCredential("mover", "right"), options: Options, time: _time);
        Assert.Equal(cut + 2, asked);
    }

    [Fact]
    public async Task Each_pause_is_about_twice_as_long_as_the_one_before_and_none_longer_than_the_longest()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 503);
        await using var target = await _registry.ConnectAsync(time: _time,
            options: new RegistryOptions { RetryTimes = 8, RetryDelay = TimeSpan.FromSeconds(1), MaxRetryDelay = TimeSpan.FromSeconds(70) });
        await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal(8, _time.Pauses.Count);
        foreach (var (pause, attempt) in _time.Pauses.Select((pause, attempt) => (pause, attempt)))
            Assert.InRange(pause.TotalSeconds, Math.Min(70, 0.5 * Math.Pow(2, attempt)), Math.Min(70, 1.5 * Math.Pow(2, attempt)));
    }

    [Fact]
    public async Task A_clock_that_differs_does_not_take_the_pauses_away()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 429, "", ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"));
        await using var target = await _registry.ConnectAsync(options: Options, time: _time);
        await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Blob, CancellationToken.None));
        Assert.Equal(Tries, _time.Pauses.Count);
    }

    [Fact]
    public async Task Content_that_is_cut_is_the_blob_s_trouble_alone()
    {
        _registry.Answer = (request, http) => request.Method == "POST"
            ? ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1")) : CutAsync(http);
        var error = await FailureAsync("PUT blob");
        Assert.Equal((ErrorCode.HostUnreachable, ErrorScope.Blob, true), (error.Code, error.Scope, error.IsTransient));
    }

    private async Task<TransferError> FailureAsync(string operation)
    {
        await using var side = new Side(_registry, _time);
        await side.ReadyAsync();
        return (await Assert.ThrowsAsync<TransferException>(() => side.RunAsync(operation))).Error;
    }

    private void Down(bool isSilent, Func<bool> isDown, Func<HttpContext, Task> answer)
    {
        Task AnswerAsync(SeenRequest request, HttpContext http) => !isDown() ? request.Target == "/v2/" ? ScriptedRegistry.StatusAsync(http, 200) : answer(http)
            : isSilent ? CutAsync(http) : ScriptedRegistry.StatusAsync(http, 502);
        (_registry.Answer, _registry.AnswerBase) = (AnswerAsync, AnswerAsync);
    }

    private static Task CutAsync(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>A source and a target on the registry that have both found out how to talk to it.</summary>
    private sealed class Side(ScriptedRegistry registry, TimeProvider time) : IAsyncDisposable
    {
        private readonly RegistrySource _source = registry.Source(options: Options, time: time);
        private RegistryTarget? _target;

        public async Task ReadyAsync()
        {
            _target = await registry.ConnectAsync(options: Options, time: time);
            var answer = registry.Answer;
            registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 404);
            await _source.FindBlobAsync(App, Blob, CancellationToken.None);
            registry.Answer = answer;
            registry.Requests.Clear();
        }

        public Task RunAsync(string operation)
        {
            var token = CancellationToken.None;
            return operation switch
            {
                "HEAD blob" => _target!.HeadBlobAsync(App, Blob, token),
                "mount" => _target!.MountBlobAsync(App, Blob, RepositoryName.Parse("base"), token),
                "HEAD manifest" => _target!.HeadManifestAsync(App, Tag.Parse("v1"), token),
                "PUT manifest" => _target!.PutManifestAsync(App, Tag.Parse("v1"), SomeImage(), token),
                "tags" => _target!.ListTagsAsync(App, token),
                "start" => _target!.StartUploadAsync(App, token),
                "PUT blob" => PutAsync(),
                "find blob" => _source.FindBlobAsync(App, Blob, token).AsTask(),
                "read blob" => _source.OpenBlobAsync(App, Blob, 0, token).AsTask(),
                "read manifest" => _source.ReadManifestAsync(App, Blob, token).AsTask(),
                "names" => _source.ListNamesAsync(App, false, token).ToListAsync().AsTask(),
                "catalog" => _source.ListRepositoriesAsync(token).ToListAsync().AsTask(),
                _ => _source.ListReferrersAsync(App, Blob, token).ToListAsync().AsTask(),
            };
        }

        public async ValueTask DisposeAsync()
        {
            await _source.DisposeAsync();
            if (_target is not null)
                await _target.DisposeAsync();
        }

        private async Task PutAsync()
        {
            var session = await _target!.StartUploadAsync(App, CancellationToken.None);
            await _target.PutBlobAsync(session, new Descriptor("x", Blob, 1), PipeReader.Create(new MemoryStream([1])), CancellationToken.None);
        }

        private static Manifest SomeImage()
        {
            var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"config":{"digest":"{{Blob}}","size":1},"layers":[]}""");
            return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        }
    }
}

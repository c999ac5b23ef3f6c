using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class AuthorizationTests : TokenRegistryTests
{
    [Fact]
    public async Task A_token_is_asked_for_with_the_credentials_once_and_sent_without_them()
    {
        UseTokens();
        await using var target = await Registry.ConnectAsync(new RegistryCredential("mover", Password));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None)));

        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("mover:" + Password));
        Assert.All(TokenRequests, request => Assert.Equal(basic, request.Authorization));
        Assert.Equal(2, TokenRequests.Count());
        Assert.Contains(TokenRequests, request => request.Target.Contains("scope=repository%3Ateam%2Fapp%3Apull", StringComparison.Ordinal));
        Assert.All(Registry.Requests.Where(request => request.Method == "HEAD"), request => Assert.StartsWith("Bearer token-", request.Authorization, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mount_takes_one_token_for_both_repositories()
    {
        UseTokens(http => ScriptedRegistry.StatusAsync(http, 201, "", ("Docker-Content-Digest", Digest.OfSha256([1]).ToString())));
        await using var target = await Registry.ConnectAsync();
        var result = await target.MountBlobAsync(App, Digest.OfSha256([1]), RepositoryName.Parse("base"), CancellationToken.None);

        Assert.True(result.IsMounted);
        Assert.Contains("scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Abase%3Apull", TokenRequests.Last().Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_registry_no_longer_takes_is_replaced_once()
    {
        UseTokens(http => ScriptedRegistry.StatusAsync(http, http.Request.Headers.Authorization == "Bearer token-2" ? 401 : 404, "", ("WWW-Authenticate", "Basic realm=\"harbor\"")));
        await using var target = await Registry.ConnectAsync();
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        Assert.Equal(3, Tokens);
    }

    [Fact]
    public async Task Requests_whose_token_ends_together_take_one_new_token()
    {
        const int Requests = 8;
        var time = new SteppedTime();
        using var together = new CountdownEvent(Requests);
        var allCame = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        UseTokens(async http =>
        {
            var isOld = time.Now > SteppedTime.Start && http.Request.Headers.Authorization == "Bearer token-2";
            if (isOld && together.Signal())
                allCame.SetResult();
            if (isOld)
                await allCame.Task;
            // A blob's HEAD takes a 401 that stands for a blob that is not there.
            http.Response.ContentLength = isOld ? 0 : 7;
            await ScriptedRegistry.StatusAsync(http, isOld ? 401 : 200);
        }, lifeSeconds: 3600);
        await using var target = await Registry.ConnectAsync(time: time);
        target.Transport.Authenticator.MinTokenAge = TimeSpan.FromSeconds(10);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        time.Now += TimeSpan.FromMinutes(1);

        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None)));
        Assert.All(answers, length => Assert.Equal(7, length));
        Assert.Equal(3, Tokens);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(10, 2)]
    public async Task A_token_that_is_refused_when_it_is_younger_than_it_has_to_be_is_not_replaced(int minSeconds, int tokens)
    {
        UseTokens(http => ScriptedRegistry.StatusAsync(http, http.Request.Headers.Authorization == "Bearer token-2" ? 401 : 404));
        await using var target = await Registry.ConnectAsync(time: new SteppedTime());
        target.Transport.Authenticator.MinTokenAge = TimeSpan.FromSeconds(minSeconds);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        Assert.Equal(tokens, Tokens);
    }

    [Fact]
    public async Task Whoever_hears_late_that_a_token_ended_takes_the_one_that_others_got_since()
    {
        var time = new SteppedTime();
        var (late, lateCame, othersWent) = (Digest.OfSha256([2]), NewSignal(), NewSignal());
        UseTokens(async http =>
        {
            var isOld = time.Now > SteppedTime.Start && http.Request.Headers.Authorization == "Bearer token-2";
            if (isOld && http.Request.Path.Value!.EndsWith(late.ToString(), StringComparison.Ordinal))
            {
                lateCame.SetResult();
                await othersWent.Task;
            }
            // A blob's HEAD takes a 401 that stands for a blob that is not there.
            http.Response.ContentLength = isOld ? 0 : 7;
            await ScriptedRegistry.StatusAsync(http, isOld ? 401 : 200);
        }, lifeSeconds: 3600);
        await using var target = await Registry.ConnectAsync(time: time);
        target.Transport.Authenticator.MinTokenAge = TimeSpan.FromSeconds(10);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        time.Now += TimeSpan.FromMinutes(1);

        var answer = target.HeadBlobAsync(App, late, CancellationToken.None);
        await lateCame.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(7, await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        othersWent.SetResult();
        Assert.Equal(7, await answer);
        Assert.Equal(3, Tokens);

        static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Fact]
    public async Task A_token_is_renewed_by_the_clock_before_it_expires()
    {
        var time = new SteppedTime();
        UseTokens(lifeSeconds: 100);
        await using var target = await Registry.ConnectAsync(time: time);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        time.Now += TimeSpan.FromSeconds(70);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        Assert.Equal(2, Tokens);
        time.Now += TimeSpan.FromSeconds(15);
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        Assert.Equal(3, Tokens);
    }

    [Fact]
    public async Task An_empty_access_token_beside_a_token_does_not_count()
    {
        UseTokens(tokenBody: """{"token":"","access_token":"token-x"}""");
        await using var target = await Registry.ConnectAsync();
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        Assert.Equal("Bearer token-x", Registry.Requests.Last().Authorization);
    }

    [Fact]
    public async Task Wrong_credentials_are_an_endpoint_error_that_names_no_secret()
    {
        Registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"r\""));
        var failure = await Assert.ThrowsAsync<TransferException>(() => Registry.ConnectAsync(new RegistryCredential("mover", Password)));
        Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code);
        Assert.Equal(ErrorScope.Endpoint, failure.Error.Scope);
        Assert.DoesNotContain(Password, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_wants_credentials_says_so_to_whoever_has_none()
    {
        Registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"r\""));
        var failure = await Assert.ThrowsAsync<TransferException>(() => Registry.ConnectAsync());
        Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code);
        Assert.Contains("--dest-creds", failure.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookies_are_never_sent_back()
    {
        Registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 200, "", ("Set-Cookie", "sid=1; Path=/"));
        await using var target = await Registry.ConnectAsync();
        await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None);
        Assert.All(Registry.Requests, request => Assert.Empty(request.Cookie));
    }

    [Fact]
    public async Task Credentials_do_not_follow_a_redirect_to_another_host()
    {
        await using var elsewhere = await ScriptedRegistry.StartAsync();
        elsewhere.Answer = (_, http) =>
        {
            http.Response.ContentLength = 7;
            return ScriptedRegistry.StatusAsync(http, 200);
        };
        UseTokens(http => ScriptedRegistry.StatusAsync(http, 307, "", ("Location", $"http://{elsewhere.Host}/blob?signature=x")));
        await using var target = await Registry.ConnectAsync(new RegistryCredential("mover", Password));
        Assert.Equal(7, await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        Assert.Empty(Assert.Single(elsewhere.Requests).Authorization);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_challenge_of_another_host_is_not_answered_with_the_registry_s_credentials(bool asUpload)
    {
        await using var elsewhere = await ScriptedRegistry.StartAsync();
        elsewhere.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, "{\"token\":\"theirs\"}")
            : ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{elsewhere.Host}/token\",service=\"reg\""));
        UseTokens(http => ScriptedRegistry.StatusAsync(http, http.Request.Method == "POST" ? 202 : 307, "", ("Location", $"http://{elsewhere.Host}/blob")));
        await using var target = await Registry.ConnectAsync(new RegistryCredential("mover", Password));
        if (asUpload)
            Assert.Equal(ErrorCode.Unauthorized, (await Assert.ThrowsAsync<TransferException>(() => UploadAsync(target))).Error.Code);
        else
            Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));

        // The next repository needs a token of its own: from the registry's own token server, as before.
        Assert.Null(await target.HeadBlobAsync(RepositoryName.Parse("other"), Digest.OfSha256([1]), CancellationToken.None));
        Assert.All(elsewhere.Requests, request => Assert.Empty(request.Authorization));
        Assert.DoesNotContain(elsewhere.Requests, request => request.Target.StartsWith("/token", StringComparison.Ordinal));
    }

    private static async Task UploadAsync(RegistryTarget target)
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        await target.PutBlobAsync(await target.StartUploadAsync(App, CancellationToken.None), new Descriptor("x", Digest.OfSha256([]), 0), pipe.Reader, CancellationToken.None);
    }

    private sealed class SteppedTime : TimeProvider
    {
        public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>The double does what was observed on Harbor 2.9.5 and 2.15.2.</summary>
public sealed class HarborDoubleTests : HarborDoubleTest
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("a layer");

    [Fact]
    public async Task Without_authorization_there_is_a_bearer_challenge_and_with_a_failing_one_a_basic_challenge()
    {
        using var first = await SendAsync("POST", "/v2/p1/a/blobs/uploads/", authorization: null);
        Assert.Equal($"Bearer realm=\"http://{Harbor.Host}/service/token\",service=\"harbor-registry\",scope=\"repository:p1/a:pull,push\"", Challenge(first));
        foreach (var failing in new[] { "Bearer expired", Basic("admin", "wrong") })
        {
            using var answer = await SendAsync("POST", "/v2/p1/a/blobs/uploads/", failing);
            Assert.Equal((401, "Basic realm=\"harbor\""), ((int)answer.StatusCode, Challenge(answer)));
        }
    }

    [Fact]
    public async Task A_token_has_an_empty_access_token_beside_it_and_is_good_for_the_whole_project()
    {
        using var answer = await SendAsync("GET", "/service/token?service=harbor-registry&scope=repository%3Ap1%2Fa%3Apull");
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("", 1800), (json.GetProperty("access_token").GetString(), json.GetProperty("expires_in").GetInt32()));
        using var push = await SendAsync("POST", "/v2/p1/other/blobs/uploads/", "Bearer " + json.GetProperty("token").GetString());
        Assert.Equal(202, (int)push.StatusCode);
    }

    [Fact]
    public async Task A_wrong_password_gets_an_anonymous_token_with_a_scope_and_401_without()
    {
        using var none = await SendAsync("GET", "/service/token?service=harbor-registry", Basic("nobody", "x"));
        Assert.Equal((401, 0), ((int)none.StatusCode, (await none.Content.ReadAsByteArrayAsync()).Length));
        var token = await TokenAsync("repository:p1/a:pull,push", Basic("nobody", "x"));
        using var refused = await SendAsync("HEAD", "/v2/p1/a/manifests/x", token);
        Assert.Equal(401, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_wrong_password_keeps_the_right_one_out_for_a_while_but_no_robot()
    {
        var time = new SteppedTime();
        await RestartAsync(new HarborDoubleOptions { Time = time });
        Harbor.Accounts.Add(new HarborAccount("robot$mig", "secret") { IsRobot = true });
        foreach (var (user, password) in new[] { ("admin", "Harbor12345"), ("robot$mig", "secret") })
        {
            (await SendAsync("GET", "/v2/", Basic(user, "wrong"))).Dispose();
            using var answer = await SendAsync("GET", "/v2/", Basic(user, password));
            Assert.Equal(user == "admin" ? 401 : 200, (int)answer.StatusCode);
        }
        time.Now += HarborAccounts.LockOut;
        using var later = await SendAsync("GET", "/v2/");
        Assert.Equal(200, (int)later.StatusCode);
    }

    [Fact]
    public async Task The_cookie_that_every_reply_sets_is_answered_by_403_when_it_comes_back()
    {
        using var first = await SendAsync("GET", "/v2/");
        var cookie = first.Headers.GetValues("Set-Cookie").Single();
        Assert.Matches("^sid=.*; Path=/; HttpOnly$", cookie);
        await ExpectAsync(await SendAsync("POST", "/v2/p1/a/blobs/uploads/", Admin, null, ("Cookie", cookie.Split(';')[0])), 403, "FORBIDDEN", "CSRF token invalid");
    }

    [Fact]
    public async Task A_push_to_a_missing_project_gets_an_empty_challenge_and_a_pull_without_credentials_a_normal_one()
    {
        foreach (var authorization in new[] { null, Admin, await TokenAsync("repository:nope/a:pull,push") })
        {
            var answer = await SendAsync("POST", "/v2/nope/a/blobs/uploads/", authorization);
            Assert.Equal("", Challenge(answer));
            await ExpectAsync(answer, 401, "UNAUTHORIZED", "project nope not found: project nope not found");
        }
        using var pull = await SendAsync("GET", "/v2/nope/a/manifests/x", authorization: null);
        Assert.StartsWith("Bearer ", Challenge(pull), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_are_no_repositories_of_a_project_are_refused_in_three_ways()
    {
        using var one = await SendAsync("POST", "/v2/alpine/blobs/uploads/");
        Assert.Equal(400, (int)one.StatusCode);
        await ExpectAsync(await SendAsync("POST", "/v2/p1/UPPER/blobs/uploads/"), 401, "UNAUTHORIZED", "un-recognized request: POST");
        using var from = await SendAsync("POST", $"/v2/p1/a/blobs/uploads/?mount={Digest.OfSha256(Content)}&from=alpine");
        Assert.Equal(400, (int)from.StatusCode);
    }

    [Theory]
    [InlineData(HarborVersion.V29)]
    [InlineData(HarborVersion.V215)]
    public async Task A_mount_is_taken_opens_an_upload_or_is_refused_with_401(HarborVersion version)
    {
        await RestartAsync(new HarborDoubleOptions { Version = version });
        Harbor.Projects.Add("p2");
        var digest = await PushBlobAsync(Content);
        async Task<(int Status, string Challenge)> MountAsync(string from, string authorization)
        {
            using var answer = await SendAsync("POST", $"/v2/p2/b/blobs/uploads/?mount={digest}&from={from}", authorization);
            return ((int)answer.StatusCode, answer.Headers.Contains("WWW-Authenticate") ? Challenge(answer) : "none");
        }
        var onlyTarget = await TokenAsync("repository:p2/b:pull,push");
        Assert.Equal((401, "Basic realm=\"harbor\""), await MountAsync("p1/a", onlyTarget));
        Assert.Equal((401, version == HarborVersion.V29 ? "" : "Basic realm=\"harbor\""), await MountAsync("nope/a", onlyTarget));
        Assert.Equal((202, "none"), await MountAsync("p1/other", Admin));
        Assert.Equal((201, "none"), await MountAsync("p1/a", await TokenAsync("repository:p2/b:pull,push repository:p1/a:pull")));
    }

    [Fact]
    public async Task A_location_is_good_for_one_request_and_a_post_takes_no_content()
    {
        var digest = Digest.OfSha256(Content);
        using var post = await SendAsync("POST", $"/v2/p1/a/blobs/uploads/?digest={digest}", content: new ByteArrayContent(Content));
        var location = post.Headers.Location!.OriginalString;
        Assert.Equal(202, (int)post.StatusCode);
        Assert.Contains("?_state=", location, StringComparison.Ordinal);
        using var patch = await SendAsync("PATCH", location, Admin, new ByteArrayContent(Content), ("Content-Range", "5-11"));
        Assert.Equal((202, "0-6"), ((int)patch.StatusCode, patch.Headers.NonValidated["Range"].ToString()));
        await ExpectAsync(await SendAsync("GET", location), 404, "BLOB_UPLOAD_INVALID", "");
        var next = patch.Headers.Location!.OriginalString;
        using var put = await SendAsync("PUT", $"{next}&digest={digest}", content: new ByteArrayContent([]));
        Assert.Equal(201, (int)put.StatusCode);
        await ExpectAsync(await SendAsync("GET", next), 404, "BLOB_UPLOAD_UNKNOWN", "");
    }

    [Fact]
    public async Task A_cut_upload_can_not_be_resumed()
    {
        var location = await StartUploadAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("PATCH", location, content: new StreamContent(new BreakingStream())));
        await PollAsync(() => Harbor.Requests.Any(request => request.Method == "PATCH"));
        await ExpectAsync(await SendAsync("GET", location), 404, "BLOB_UPLOAD_INVALID", "");
    }

    [Fact]
    public async Task A_manifest_of_the_OCI_is_not_there_for_those_who_do_not_accept_it()
    {
        using var put = await PutManifestAsync("p1/a", "1.0", await ManifestAsync());
        Assert.Equal(201, (int)put.StatusCode);
        using var without = await SendAsync("HEAD", "/v2/p1/a/manifests/1.0", Admin, null, ("Accept", "*/*"));
        using var with = await SendAsync("HEAD", "/v2/p1/a/manifests/1.0", Admin, null, ("Accept", MediaType.AcceptManifests));
        Assert.Equal((404, 200), ((int)without.StatusCode, (int)with.StatusCode));
        await ExpectAsync(await SendAsync("GET", "/v2/p1/b/manifests/x"), 404, "NOT_FOUND", "repository p1/b not found");
        await ExpectAsync(await SendAsync("GET", "/v2/p1/a/manifests/x"), 404, "NOT_FOUND", "artifact p1/a:x not found");
        await ExpectAsync(await SendAsync("DELETE", "/v2/p1/a/manifests/1.0"), 400, "UNSUPPORTED", "");
        await ExpectAsync(await PutManifestAsync("p1/a", "1.0", Content, "text/plain"), 400, "MANIFEST_INVALID", "missing signature key");
    }

    [Fact]
    public async Task A_quota_refuses_before_the_body_is_read_and_also_instead_of_100_continue()
    {
        Harbor.Projects.Find("p1")!.StorageLimit = 10_000;
        var content = new byte[8 * 1024 * 1024];
        using var request = new ByteArrayContent(content);
        var answer = await SendAsync("PUT", $"{await StartUploadAsync()}&digest={Digest.OfSha256(content)}", Admin, request, ("Expect", "100-continue"));
        Assert.True(answer.Headers.ConnectionClose);
        await ExpectAsync(answer, 403, "DENIED", "adding 8.0 MiB of storage resource, which when updated to current usage of 0 B will exceed the configured upper limit of 9.8 KiB.");
        await PollAsync(() => Harbor.Requests.Any(one => one.IsUploadCommit));
        Assert.Equal(0, Harbor.Requests.Single(one => one.IsUploadCommit).BodyBytes);
        await PushBlobAsync(Content);
        Assert.Equal(Content.Length, Harbor.Projects.Find("p1")!.Used);
    }

    [Fact]
    public async Task Immutable_tags_read_only_mode_and_proxy_projects_refuse_in_words_of_their_own()
    {
        var manifest = await ManifestAsync();
        Harbor.Projects.Find("p1")!.ImmutableTags["p1/a:v1"] = true;
        Assert.Equal(201, (int)(await PutManifestAsync("p1/a", "v1", manifest)).StatusCode);
        await ExpectAsync(await PutManifestAsync("p1/a", "v1", manifest), 412, "PRECONDITION", "'a:v1' configured as immutable");
        Assert.Equal(201, (int)(await PutManifestAsync("p1/a", Digest.OfSha256(manifest).ToString(), manifest)).StatusCode);
        Harbor.Projects.Find("p1")!.IsProxy = true;
        await ExpectAsync(await PutManifestAsync("p1/a", "v2", manifest), 403, "DENIED", "can not push artifact to a proxy project: p1");
        Harbor.IsReadOnly = true;
        await ExpectAsync(await PutManifestAsync("p1/a", "v2", manifest), 403, "DENIED", "The system is in read only mode.");
    }

    private static async Task PollAsync(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
    }

    /// <summary>Gives some bytes, then breaks.</summary>
    private sealed class BreakingStream : MemoryStream
    {
        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => BreakAsync(destination, cancellationToken);

        public override bool CanSeek => false;

        private static async Task BreakAsync(Stream destination, CancellationToken cancellationToken)
        {
            await destination.WriteAsync(new byte[1000], cancellationToken);
            await destination.FlushAsync(cancellationToken);
            throw new IOException("cut");
        }
    }
}

using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Auth;

/// <summary>What each kind of credential does at a registry: with a token server, and with Basic authentication.</summary>
public sealed class TokenKindTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Some = Digest.OfSha256([1]);

    private readonly AuthFolder _folder = new();
    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_by_POST_for_each_scope()
    {
        Challenge($"Bearer realm=\"http://{_registry.Host}/token\",service=\"reg\"");
        await using var target = await ConnectAsync(new FixedCredentials(RegistryCredential.OfIdentityToken("s3cret/+")));
        await target.HeadBlobAsync(App, Some, CancellationToken.None);

        Assert.All(TokenRequests, request => Assert.Equal(("POST", "application/x-www-form-urlencoded", ""), (request.Method, request.ContentType, request.Authorization)));
        Assert.Equal(
            ["grant_type=refresh_token&service=reg&client_id=transfer-engine&scope=&refresh_token=s3cret%2F%2B",
             "grant_type=refresh_token&service=reg&client_id=transfer-engine&scope=repository%3Ateam%2Fapp%3Apull&refresh_token=s3cret%2F%2B"],
            TokenRequests.Select(request => Encoding.UTF8.GetString(request.Body)));
        Assert.Equal("Bearer token", _registry.Requests.Last().Authorization);
        Assert.DoesNotContain(_registry.Requests, request => request.Target.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_token_is_sent_as_it_is_and_no_token_server_is_asked()
    {
        Challenge($"Bearer realm=\"http://{_registry.Host}/token\",service=\"reg\"");
        await using var target = await ConnectAsync(new FixedCredentials(RegistryCredential.OfRegistryToken("given")));
        await target.HeadBlobAsync(App, Some, CancellationToken.None);
        Assert.Empty(TokenRequests);
        Assert.Equal("Bearer given", _registry.Requests.Last().Authorization);
    }

    [Fact]
    public async Task A_registry_token_that_is_refused_is_not_tried_again()
    {
        Challenge($"Bearer realm=\"http://{_registry.Host}/token\",service=\"reg\"");
        await using var target = await ConnectAsync(new FixedCredentials(RegistryCredential.OfRegistryToken("given")));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"r\""));
        await Assert.ThrowsAsync<TransferException>(() => target.ListTagsAsync(App, CancellationToken.None));
        Assert.Single(_registry.Requests, request => request.Target.Contains("/tags/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_token_serves_where_the_registry_asks_for_Basic()
    {
        Challenge("Basic realm=\"r\"");
        await using var target = await ConnectAsync(new FixedCredentials(RegistryCredential.OfRegistryToken("given")));
        Assert.Equal("Bearer given", _registry.Requests.Last().Authorization);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_namespace_is_entered_with_its_own_credentials(bool withTokens)
    {
        Challenge(withTokens ? $"Bearer realm=\"http://{_registry.Host}/token\",service=\"reg\"" : "Basic realm=\"r\"");
        var file = _folder.Write("auth.json", $$"""{"auths":{"{{_registry.Host}}":{{User("host")}},"{{_registry.Host}}/team":{{User("team")}} } }""");
        await using var target = await ConnectAsync(_folder.Files.Search(file));
        await target.HeadBlobAsync(App, Some, CancellationToken.None);
        await target.HeadBlobAsync(RepositoryName.Parse("other"), Some, CancellationToken.None);

        var seen = _registry.Requests.Where(request => request.Target.StartsWith(withTokens ? "/token" : "/v2/", StringComparison.Ordinal) && request.Authorization.Length > 0);
        Assert.Equal(["host", "team", "host"], seen.Select(request => UserOf(request.Authorization)));
    }

    [Fact]
    public async Task A_target_with_a_prefix_is_checked_with_the_prefix_s_credentials()
    {
        Challenge("Basic realm=\"r\"");
        var file = _folder.Write("auth.json", $$"""{"auths":{"{{_registry.Host}}":{{User("host")}},"{{_registry.Host}}/team":{{User("team")}} } }""");
        await using var target = await ConnectAsync(_folder.Files.Search(file), "/team/old");
        Assert.Equal("team", UserOf(_registry.Requests.Last().Authorization));
    }

    [Fact]
    public async Task An_open_registry_reads_no_auth_file()
    {
        await using var target = await ConnectAsync(_folder.Files.Search(_folder.Write("auth.json", "{")));
        Assert.Null(await target.HeadBlobAsync(App, Some, CancellationToken.None));
    }

    private IEnumerable<SeenRequest> TokenRequests => _registry.Requests.Where(request => request.Target.StartsWith("/token", StringComparison.Ordinal));

    private void Challenge(string challenge)
    {
        _registry.AnswerBase = (request, http) => request.Authorization.Length == 0
            ? ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", challenge))
            : ScriptedRegistry.StatusAsync(http, 200);
        _registry.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, """{"access_token":"token","refresh_token":"another","expires_in":300}""")
            : ScriptedRegistry.StatusAsync(http, 404);
    }

    private async Task<RegistryTarget> ConnectAsync(ICredentialSource credentials, string prefix = "")
    {
        var target = RegistryTarget.Create(RegistryEndpoint.Parse(_registry.Host + prefix), new RegistryOptions { RetryDelay = TimeSpan.Zero }, credentials, TimeProvider.System);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    private static string User(string name) => $$"""{"auth":"{{AuthFolder.Basic(name, "s3cret")}}"}""";

    private static string UserOf(string authorization) => Encoding.UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..])).Split(':')[0];
}

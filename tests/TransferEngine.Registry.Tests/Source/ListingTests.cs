using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Source;

public sealed class ListingTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Some = Digest.OfSha256([1]);

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("http://HOST")]
    public async Task The_catalog_is_read_page_by_page_and_a_repository_named_twice_is_listed_once(string start)
    {
        _registry.Answer = (request, http) => request.Target.Contains("last=", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, """{"repositories":["b","c"]}""")
            : ScriptedRegistry.StatusAsync(http, 200, """{"repositories":["a","b"]}""",
                ("Link", $"<{start.Replace("HOST", _registry.Host, StringComparison.Ordinal)}/v2/_catalog?last=b&n=2>; rel=\"next\""));
        Assert.Equal(["a", "b", "c"], (await RepositoriesAsync()).Select(found => found.Name));
    }

    [Fact]
    public async Task A_catalog_for_which_there_is_no_token_is_taken_as_hidden()
    {
        var challenge = ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\"");
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", challenge);
        _registry.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, request.Target.Contains("catalog", StringComparison.Ordinal) ? 403 : 200, "{\"token\":\"t\"}")
            : request.Authorization.Length == 0 ? ScriptedRegistry.StatusAsync(http, 401, "", challenge)
            : ScriptedRegistry.StatusAsync(http, 200, "{\"tags\":[\"1\"]}");
        await using var source = _registry.Source(new RegistryCredential("mover", "right"), "/team/app");
        Assert.Equal(App, Assert.Single(await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Repository);
    }

    [Fact]
    public async Task A_repository_whose_name_is_not_valid_is_listed_with_its_error()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, """{"repositories":["../etc","a"]}""");
        var found = await RepositoriesAsync();
        Assert.Equal((ErrorCode.RepositoryNameInvalid, null), (found[0].Error!.Code, found[0].Repository));
        Assert.Equal("a", found[1].Repository.ToString());
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task A_registry_that_hides_its_catalog_is_an_error_that_tells_of_lists(int status)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, status);
        var failure = await Assert.ThrowsAsync<TransferException>(() => RepositoriesAsync());
        Assert.Equal(ErrorScope.Endpoint, failure.Error.Scope);
        Assert.Contains("--images", failure.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_catalog_is_hidden_a_path_in_the_address_means_the_repository_of_that_name()
    {
        _registry.Answer = (request, http) => request.Target.StartsWith("/v2/team/app/tags", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, """{"tags":["v1"]}""") : ScriptedRegistry.StatusAsync(http, 404);
        Assert.Equal("team/app", Assert.Single(await RepositoriesAsync("/team/app")).Name);
        Assert.Equal(ErrorCode.SourceNotFound, (await Assert.ThrowsAsync<TransferException>(() => RepositoriesAsync("/team/other"))).Error.Code);
    }

    [Fact]
    public async Task A_path_in_the_address_means_what_is_below_it_and_what_has_that_name()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, """{"repositories":["team","team-a","team/app","x/team"]}""");
        Assert.Equal(["team", "team/app"], (await RepositoriesAsync("/team")).Select(found => found.Name));
        Assert.Equal(ErrorCode.SourceNotFound, (await Assert.ThrowsAsync<TransferException>(() => RepositoriesAsync("/tea"))).Error.Code);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    public async Task A_repository_without_tags_has_no_images(int status)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, status, """{"name":"team/app","tags":null}""");
        Assert.Empty(await ImagesAsync());
    }

    [Fact]
    public async Task Tags_keep_their_order_however_their_digests_arrive_and_one_that_is_gone_harms_no_other()
    {
        var second = new TaskCompletionSource();
        _registry.Answer = async (request, http) =>
        {
            if (request.Target.Contains("/tags/list", StringComparison.Ordinal))
            {
                await ScriptedRegistry.StatusAsync(http, 200, """{"tags":["a","b","gone","no tag"]}""");
                return;
            }
            if (request.Target.EndsWith("/a", StringComparison.Ordinal))
                await second.Task.WaitAsync(TimeSpan.FromMinutes(2));
            else
                second.TrySetResult();
            await ScriptedRegistry.StatusAsync(http, request.Target.EndsWith("/gone", StringComparison.Ordinal) ? 404 : 200, "", ("Docker-Content-Digest", Some.ToString()));
        };
        var images = await ImagesAsync();
        Assert.Equal(["a", "b", "gone", "no tag"], images.Select(image => image.Name));
        Assert.Equal([Some, Some, null, null], images.Select(image => image.Digest));
        Assert.Equal([null, null, ErrorCode.ManifestMissing, ErrorCode.TagInvalid], images.Select(image => image.Error?.Code));
    }

    [Fact]
    public async Task Names_alone_cost_no_request_per_tag()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, """{"tags":["a","b"]}""");
        await using var source = _registry.Source();
        Assert.Equal(["a", "b"], await source.ListNamesAsync(App, false, CancellationToken.None).ToListAsync());
        Assert.Equal(["GET /v2/", "GET /v2/team/app/tags/list?n=1000"], _registry.Requests.Select(request => request.ToString()));
    }

    [Fact]
    public async Task Untagged_manifests_are_refused_with_a_way_out()
    {
        await using var source = _registry.Source();
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await source.ListImagesAsync(App, true, CancellationToken.None).ToListAsync());
        Assert.Equal((ErrorCode.EndpointInvalid, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("--images", failure.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_wants_credentials_says_so_with_the_sources_flag()
    {
        _registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", "Basic realm=\"x\""));
        var failure = await Assert.ThrowsAsync<TransferException>(() => RepositoriesAsync());
        Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code);
        Assert.Contains("--src-creds", failure.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_Hub_is_asked_where_its_API_is()
    {
        Assert.Equal("registry-1.docker.io", RegistryEndpoint.Parse("docker.io/library/alpine").ApiHost);
        Assert.Equal("docker://docker.io/library/alpine", RegistryEndpoint.Parse("docker.io/library/alpine").ToString());
    }

    private async Task<List<SourceRepository>> RepositoriesAsync(string prefix = "")
    {
        await using var source = _registry.Source(prefix: prefix);
        return await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();
    }

    private async Task<List<SourceImage>> ImagesAsync()
    {
        await using var source = _registry.Source();
        return await source.ListImagesAsync(App, false, CancellationToken.None).ToListAsync();
    }
}

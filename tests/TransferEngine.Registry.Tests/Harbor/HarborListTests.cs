using System.Globalization;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>Harbor's lists are whole or an error, whatever becomes of their pages.</summary>
public sealed class HarborListTests : IAsyncLifetime
{
    private ScriptedRegistry _harbor = null!;

    public async Task InitializeAsync()
    {
        _harbor = await ScriptedRegistry.StartAsync();
        _harbor.AnswerBase = (request, http) => request.Authorization.StartsWith("Bearer", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200)
            : ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{_harbor.Host}/token\",service=\"harbor-registry\""));
    }

    public async Task DisposeAsync() => await _harbor.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("https://inner.example")]
    public async Task All_pages_are_read_where_they_are_asked_for_whatever_host_the_links_name(string host)
    {
        AnswerPages(250, (http, page) => Link(http, page, 3, host));
        Assert.Equal(250, (await ListAsync()).Count);
        Assert.Equal(3, _harbor.Requests.Count(request => request.Target.Contains("/repositories?", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<http://[>; rel=\"next\"")]
    [InlineData("</elsewhere?page=2>; rel=\"next\"")]
    [InlineData("</api/v2.0/projects/p1/repositories?page=1&page_size=100>; rel=\"next\"")]
    public async Task A_list_whose_next_page_can_not_be_had_is_an_error(string link)
    {
        foreach (var isCounted in new[] { true, false })
        {
            AnswerPages(250, (http, _) =>
            {
                if (!isCounted)
                    http.Response.Headers.Remove("X-Total-Count");
                if (link.Length > 0)
                    http.Response.Headers.Link = link;
            });
            var error = (await Assert.ThrowsAsync<TransferException>(ListAsync)).Error;
            Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Repository), (error.Code, error.Scope));
        }
    }

    [Fact]
    public async Task A_proxys_page_in_place_of_a_list_does_not_hide_a_project()
    {
        _harbor.Answer = (request, http) => request.Target.Split('?')[0] switch
        {
            "/token" => TokenAsync(http),
            "/api/v2.0/projects" => ScriptedRegistry.StatusAsync(http, 200, """[{"name":"bad"},{"name":"good"}]""", ("X-Total-Count", "2")),
            "/api/v2.0/projects/good/repositories" => ScriptedRegistry.StatusAsync(http, 200, """[{"name":"good/a"}]""", ("X-Total-Count", "1")),
            _ => ScriptedRegistry.StatusAsync(http, 404, "<html>not here</html>", ("Content-Type", "text/html")),
        };
        await using var source = Source("");
        var listed = await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();
        Assert.Equal(["good/a", "bad"], listed.Select(found => found.Name));
        Assert.NotNull(listed[1].Error);
    }

    [Fact]
    public async Task What_moves_to_a_page_that_was_read_already_is_found_by_reading_again()
    {
        // While the first page is read its first entry is deleted: the hundredth comes up to it, unseen.
        var isDeleted = false;
        AnswerPages(150, (http, page) =>
        {
            isDeleted |= page == 1;
            Link(http, page, 2);
        }, skip: () => isDeleted ? 1 : 0);
        Assert.Superset(Enumerable.Range(1, 149).Select(Name).ToHashSet(), (await ListAsync()).ToHashSet());
    }

    [Fact]
    public async Task Fewer_entries_than_are_counted_are_an_error()
    {
        AnswerPages(150, (http, page) =>
        {
            http.Response.Headers["X-Total-Count"] = "151";
            Link(http, page, 2);
        });
        var error = (await Assert.ThrowsAsync<TransferException>(ListAsync)).Error;
        Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Repository), (error.Code, error.Scope));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("[{\"name\":\"\"}]")]
    [InlineData("<html>")]
    public async Task What_is_no_list_is_an_error(string body)
    {
        _harbor.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? TokenAsync(http) : ScriptedRegistry.StatusAsync(http, 200, body, ("X-Total-Count", "0"));
        var error = (await Assert.ThrowsAsync<TransferException>(ListAsync)).Error;
        Assert.Equal(ErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public async Task A_project_whose_list_fails_is_named_and_the_others_are_listed()
    {
        _harbor.Answer = (request, http) => request.Target.Split('?')[0] switch
        {
            "/token" => TokenAsync(http),
            "/api/v2.0/projects" => ScriptedRegistry.StatusAsync(http, 200, """[{"name":"bad"},{"name":"good"}]""", ("X-Total-Count", "2")),
            "/api/v2.0/projects/good/repositories" => ScriptedRegistry.StatusAsync(http, 200, """[{"name":"good/a"}]""", ("X-Total-Count", "1")),
            _ => ScriptedRegistry.ErrorAsync(http, 500, "UNKNOWN"),
        };
        await using var source = Source("");
        var listed = await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();
        Assert.Equal(["good/a", "bad"], listed.Select(found => found.Name));
        Assert.Equal((ErrorCode.ServerError, ErrorScope.Repository), (listed[1].Error!.Code, listed[1].Error!.Scope));
    }

    [Fact]
    public async Task A_registry_that_is_no_Harbor_is_no_source_by_that_name_and_lists_its_catalog_by_the_other()
    {
        _harbor.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 200);
        _harbor.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, """{"repositories":["a"]}""");
        var error = (await Assert.ThrowsAsync<TransferException>(ListAsync)).Error;
        Assert.Equal((ErrorCode.NotARegistry, $"Write docker://{_harbor.Host}."), (error.Code, error.Hint));
        await using var detecting = DetectingSource.Create(
            RegistryEndpoint.Parse(_harbor.Host), new RegistryOptions(), FixedCredentials.Anonymous, TimeProvider.System);
        Assert.Equal("a", Assert.Single(await detecting.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Name);
        Assert.Empty(detecting.Notes);
    }

    private void AnswerPages(int count, Action<HttpContext, int> change, Func<int>? skip = null) => _harbor.Answer = (request, http) =>
    {
        if (request.Target.StartsWith("/token", StringComparison.Ordinal))
            return TokenAsync(http);
        var page = int.Parse(http.Request.Query["page"]!, CultureInfo.InvariantCulture);
        var names = Enumerable.Range(0, count).Select(Name).Skip(skip?.Invoke() ?? 0).ToList();
        http.Response.Headers["X-Total-Count"] = names.Count.ToString(CultureInfo.InvariantCulture);
        change(http, page);
        var entries = names.Skip((page - 1) * 100).Take(100).Select(name => $$"""{"name":"{{name}}"}""");
        return ScriptedRegistry.StatusAsync(http, 200, $"[{string.Join(',', entries)}]");
    };

    private static void Link(HttpContext http, int page, int pages, string host = "")
    {
        if (page < pages)
            http.Response.Headers.Link = $"<{host}/api/v2.0/projects/p1/repositories?page={page + 1}&page_size=100>; rel=\"next\"";
    }

    private static string Name(int number) => $"p1/r{number:000}";

    private static Task TokenAsync(HttpContext http) => ScriptedRegistry.StatusAsync(http, 200, """{"token":"t","expires_in":1800}""");

    private HarborSource Source(string prefix) => HarborSource.Create(
        RegistryEndpoint.Parse(_harbor.Host + prefix), new RegistryOptions { RetryTimes = 0 }, FixedCredentials.Anonymous, TimeProvider.System);

    private async Task<List<string>> ListAsync()
    {
        await using var source = Source("/p1");
        return [.. (await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Select(found => found.Name)];
    }
}

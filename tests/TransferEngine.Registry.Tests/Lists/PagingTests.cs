using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Lists;

/// <summary>A list is read to its end, or it is an error: whatever its link to the next page looks like.</summary>
public sealed class PagingTests : IAsyncLifetime
{
    private ScriptedRegistry _registry = null!;
    private ScriptedRegistry _elsewhere = null!;

    public async Task InitializeAsync() => (_registry, _elsewhere) = (await ScriptedRegistry.StartAsync(), await ScriptedRegistry.StartAsync());

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _elsewhere.DisposeAsync();
    }

    public static TheoryData<ListKind, string> GoodLinks => Each(
    [
        "<PATH?last=1&n=1>; rel=\"next\"",
        "<PATH?last=1&n=1>; rel=next",
        "<PATH?last=1&n=1>;REL=\"Next\"",
        "<PATH?last=1&n=1>",
        "<?last=1&n=1>; rel=\"next\"",
        "<PATH?last=1&n=1>; rel=\"prev next\"; title=\"more, and more\"",
        "<PATH?last=0>; rel=\"prev\" , <PATH?last=1&n=1>; rel=\"next\"",
        "<PATH?last=0>, <PATH?last=1&n=1>; rel=next",
        // What a registry calls itself behind a proxy that speaks TLS, or by the name that it has inside.
        "<http://registry.internal:5000PATH?last=1&n=1>; rel=\"next\"",
        "<https://HOSTPATH?last=1&n=1>; rel=\"next\"",
        "<http://ELSEWHEREPATH?last=1&n=1>; rel=\"next\"",
        "<//ELSEWHEREPATH?last=1&n=1>; rel=\"next\"",
    ]);

    public static TheoryData<ListKind, string> BadLinks => Each(
    [
        "<SELF>; rel=\"next\"",
        "<SELF>",
        "</repository/hosted/v2/more?last=1>; rel=\"next\"",
        "<http://ELSEWHERE/login>; rel=\"next\"",
        "<PATH/../../../admin?last=1>; rel=\"next\"",
        "<file:///etc/passwd>; rel=\"next\"",
        "<http://[>; rel=\"next\"",
        "PATH?last=1&n=1; rel=\"next\"",
    ]);

    [Theory]
    [MemberData(nameof(GoodLinks))]
    public async Task A_list_goes_on_at_the_registry_s_own_address_whatever_its_link_calls_that(ListKind kind, string link)
    {
        _registry.Answer = (request, http) => request.Target.Contains("last=1", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, 2), ("Link", Fill($"<PATH?last=1>; rel=\"prev\"", kind, request)))
            : ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, 1), ("Link", Fill(link, kind, request)));
        Assert.Equal([1, 2], await PagedLists.ReadAsync(_registry, kind));
        Assert.Contains(_registry.Requests, request => request.Target == $"{PagedLists.Path(kind)}?last=1&n=1");
        Assert.Empty(_elsewhere.Requests);
    }

    [Theory]
    [InlineData(ListKind.Catalog)]
    [InlineData(ListKind.SourceTags)]
    [InlineData(ListKind.TargetTags)]
    [InlineData(ListKind.Referrers)]
    public async Task A_page_that_comes_cut_short_is_asked_for_once_more(ListKind kind)
    {
        var cut = 0;
        _registry.Answer = (request, http) =>
        {
            var isLast = request.Target.Contains("last=1", StringComparison.Ordinal);
            var page = PagedLists.Page(kind, isLast ? 2 : 1);
            // Each page the first time.
            return Interlocked.Increment(ref cut) % 2 == 1
                ? ScriptedRegistry.StatusAsync(http, 200, page[..^3])
                : ScriptedRegistry.StatusAsync(http, 200, page, isLast ? [] : [("Link", Fill("<PATH?last=1>; rel=\"next\"", kind, request))]);
        };
        Assert.Equal([1, 2], await PagedLists.ReadAsync(_registry, kind));
        Assert.Equal(4, cut);
    }

    [Theory]
    [MemberData(nameof(BadLinks))]
    public async Task A_link_that_can_not_be_followed_is_an_error_and_not_the_end(ListKind kind, string link)
    {
        _registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, 1), ("Link", Fill(link, kind, request)));
        var error = await FailureAsync(kind);
        Assert.Equal((ErrorCode.ProtocolViolation, PagedLists.Scope(kind)), (error.Code, error.Scope));
        Assert.Empty(_elsewhere.Requests);
    }

    public static TheoryData<ListKind, int> NextPages => Each([400, 403, 404, 405, 500, 501, 204, 302]);

    [Theory]
    [MemberData(nameof(NextPages))]
    public async Task A_next_page_that_can_not_be_had_is_an_error_and_not_the_end(ListKind kind, int status)
    {
        _registry.Answer = (request, http) => request.Target.Contains("last=1", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, status)
            : ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, 1), ("Link", Fill("<PATH?last=1>; rel=\"next\"", kind, request)));
        Assert.Equal(PagedLists.Scope(kind), (await FailureAsync(kind)).Scope);
    }

    [Theory]
    [InlineData(ListKind.Catalog)]
    [InlineData(ListKind.SourceTags)]
    [InlineData(ListKind.TargetTags)]
    [InlineData(ListKind.Referrers)]
    public async Task Pages_that_lead_in_a_circle_are_an_error(ListKind kind)
    {
        _registry.Answer = (request, http) =>
        {
            var number = request.Target.Contains("last=1", StringComparison.Ordinal) ? 2 : 1;
            return ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, number), ("Link", Fill($"<PATH?last={number}>; rel=\"next\"", kind, request)));
        };
        Assert.Contains("does not end", (await FailureAsync(kind)).Message, StringComparison.Ordinal);
        Assert.InRange(_registry.Requests.Count, 2, 6);
    }

    public static TheoryData<ListKind, string> Malformed => Each(
    [
        "", "<html>", "[]", "7", "null", "{\"name\":\"x\"}", "{\"PROPERTY\":{}}", "{\"PROPERTY\":\"1\"}",
        "{\"PROPERTY\":[1]}", "{\"PROPERTY\":[null]}", "{\"PROPERTY\":[\"1\",{}]}", "{\"PROPERTY\":[\"\\ud800\"]}",
    ]);

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_list_that_is_none_is_an_error_and_not_empty(ListKind kind, string body)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, body.Replace("PROPERTY", PagedLists.Property(kind), StringComparison.Ordinal));
        var error = await FailureAsync(kind);
        Assert.Equal((ErrorCode.ProtocolViolation, PagedLists.Scope(kind)), (error.Code, error.Scope));
    }

    [Theory]
    [InlineData(ListKind.Catalog, "{}", false)]
    [InlineData(ListKind.SourceTags, "{}", false)]
    [InlineData(ListKind.TargetTags, "{}", false)]
    [InlineData(ListKind.Referrers, "{}", true)]
    [InlineData(ListKind.Catalog, "{\"repositories\":null}", true)]
    [InlineData(ListKind.SourceTags, "{\"tags\":null}", true)]
    [InlineData(ListKind.TargetTags, "{\"tags\":null}", true)]
    [InlineData(ListKind.Referrers, "{\"manifests\":null}", true)]
    public async Task Null_is_an_empty_list_and_Harbor_2_9_says_so_of_referrers_by_an_empty_object(ListKind kind, string body, bool isEmpty)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, body);
        if (isEmpty)
            Assert.Empty(await PagedLists.ReadAsync(_registry, kind));
        else
            Assert.Equal(ErrorCode.ProtocolViolation, (await FailureAsync(kind)).Code);
    }

    [Theory]
    [InlineData(ListKind.Catalog)]
    [InlineData(ListKind.SourceTags)]
    [InlineData(ListKind.TargetTags)]
    public async Task A_registry_that_takes_no_such_large_page_is_asked_for_its_own(ListKind kind)
    {
        _registry.Answer = (request, http) => request.Target.Contains("n=", StringComparison.Ordinal)
            ? ScriptedRegistry.ErrorAsync(http, 400, "PAGINATION_NUMBER_INVALID") : ScriptedRegistry.StatusAsync(http, 200, PagedLists.Page(kind, 1));
        Assert.Equal([1], await PagedLists.ReadAsync(_registry, kind));
    }

    private static TheoryData<ListKind, T> Each<T>(T[] values)
    {
        var data = new TheoryData<ListKind, T>();
        foreach (var kind in Enum.GetValues<ListKind>())
        {
            foreach (var value in values)
                data.Add(kind, value);
        }
        return data;
    }

    private string Fill(string link, ListKind kind, SeenRequest request) => link.Replace("ELSEWHERE", _elsewhere.Host, StringComparison.Ordinal)
        .Replace("HOST", _registry.Host, StringComparison.Ordinal).Replace("PATH", PagedLists.Path(kind), StringComparison.Ordinal)
        .Replace("SELF", request.Target, StringComparison.Ordinal);

    private async Task<TransferError> FailureAsync(ListKind kind) =>
        (await Assert.ThrowsAsync<TransferException>(() => PagedLists.ReadAsync(_registry, kind))).Error;
}

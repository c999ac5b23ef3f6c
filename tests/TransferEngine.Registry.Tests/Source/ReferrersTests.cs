using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Source;

public sealed class ReferrersTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Subject = Digest.OfSha256([1]);
    private static readonly Digest First = Digest.OfSha256([2]);
    private static readonly Digest Second = Digest.OfSha256([3]);

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task They_are_read_page_by_page()
    {
        _registry.Answer = (request, http) => request.Target.Contains("page=2", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, Page(Second))
            : ScriptedRegistry.StatusAsync(http, 200, Page(First), ("Link", $"</v2/{App}/referrers/{Subject}?page=2>; rel=\"next\""));
        Assert.Equal([First, Second], await ListAsync(Source()));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task A_registry_without_such_a_list_is_asked_once(int status)
    {
        var asked = 0;
        _registry.Answer = (request, http) =>
        {
            asked += request.Target.Contains("/referrers/", StringComparison.Ordinal) ? 1 : 0;
            return ScriptedRegistry.StatusAsync(http, status);
        };
        await using var source = Source();
        Assert.Empty(await ListAsync(source));
        Assert.Empty(await ListAsync(source));
        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("""{"manifests":[{"digest":"../etc"}]}""")]
    [InlineData("""{"manifests":[{}]}""")]
    public async Task A_list_that_can_not_be_read_is_a_violation(string body)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, body);
        Assert.Equal(ErrorCode.ProtocolViolation, (await Assert.ThrowsAsync<TransferException>(() => ListAsync(Source()))).Error.Code);
    }

    [Fact]
    public async Task A_page_that_names_itself_as_the_next_one_is_the_last()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http, 200, Page(First), ("Link", $"<{request.Target}>; rel=\"next\""));
        Assert.Equal([First], await ListAsync(Source()));
    }

    private static string Page(Digest digest) => $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{digest}}}","size":1}]}""";

    private static async Task<List<Digest>> ListAsync(RegistrySource source) => await source.ListReferrersAsync(App, Subject, CancellationToken.None).ToListAsync();

    private RegistrySource Source() =>
        RegistrySource.Create(RegistryEndpoint.Parse(_registry.Host), new RegistryOptions { RetryTimes = 0 }, FixedCredentials.Anonymous, TimeProvider.System);
}

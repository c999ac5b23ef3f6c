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
    [InlineData("NAME_UNKNOWN")]
    [InlineData("MANIFEST_UNKNOWN")]
    public async Task What_is_said_of_one_subject_is_not_taken_for_a_word_on_all(string code)
    {
        var isKnown = false;
        _registry.Answer = (_, http) => isKnown ? ScriptedRegistry.StatusAsync(http, 200, Page(First)) : ScriptedRegistry.ErrorAsync(http, 404, code);
        await using var source = Source();
        Assert.Empty(await ListAsync(source));
        isKnown = true;
        Assert.Equal([First], await ListAsync(source));
    }

    private static string Page(Digest digest) => $$$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{digest}}}","size":1}]}""";

    private static async Task<List<Digest>> ListAsync(RegistrySource source) => await source.ListReferrersAsync(App, Subject, CancellationToken.None).ToListAsync();

    private RegistrySource Source() =>
        RegistrySource.Create(RegistryEndpoint.Parse(_registry.Host), new RegistryOptions { RetryTimes = 0 }, FixedCredentials.Anonymous, TimeProvider.System);
}

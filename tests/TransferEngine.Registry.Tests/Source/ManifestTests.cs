using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Source;

public sealed class ManifestTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Tag V1 = Tag.Parse("v1");
    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes($$"""{ "schemaVersion":2, "config":{"digest":"{{Digest.OfSha256([1])}}","size":1}, "layers":[] }""");
    private static readonly Digest Known = Digest.OfSha256(Bytes);

    private ScriptedRegistry _registry = null!;
    private RegistrySource _source = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _source = _registry.Source();
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _registry.DisposeAsync();
    }

    private IEnumerable<string> Asked => _registry.Requests.Select(request => request.ToString()).Skip(1);

    [Fact]
    public async Task A_manifest_is_fetched_by_digest_in_all_types_and_kept_as_stored()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Bytes);
        var manifest = await ReadAsync();
        Assert.Equal(Bytes, manifest.Bytes.ToArray());
        Assert.Equal($"GET /v2/team/app/manifests/{Known}", _registry.Requests.Last().ToString());
        Assert.Equal(MediaType.AcceptManifests, _registry.Requests.Last().Accept);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_manifest_that_comes_cut_short_is_fetched_once_more(int cut)
    {
        var asked = 0;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Interlocked.Increment(ref asked) <= cut ? Bytes[..^5] : Bytes);
        if (cut == 1)
            Assert.Equal(Bytes, (await ReadAsync()).Bytes.ToArray());
        else
            Assert.Equal(ErrorCode.ManifestDigestMismatch, (await Assert.ThrowsAsync<TransferException>(() => ReadAsync())).Error.Code);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task However_many_want_a_manifest_it_is_fetched_once()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Bytes);
        var readers = Enumerable.Range(0, 8).Select(i => _source.ReadManifestAsync(RepositoryName.Parse($"team/app{i}"), Known, CancellationToken.None).AsTask());
        await Task.WhenAll(readers);
        Assert.Single(Asked);
    }

    [Fact]
    public async Task A_tag_is_resolved_by_HEAD()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, "", ("Docker-Content-Digest", Known.ToString()));
        Assert.Equal(new SourceImage("v1", V1, Known), await _source.FindImageAsync(App, V1, CancellationToken.None));
        Assert.Equal(["HEAD /v2/team/app/manifests/v1"], Asked);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(405)]
    public async Task Where_HEAD_gives_no_digest_GET_does_and_the_manifest_need_not_be_fetched_again(int status)
    {
        _registry.Answer = (request, http) => request.Method == "HEAD" ? ScriptedRegistry.StatusAsync(http, status) : ScriptedRegistry.ContentAsync(request, http, Bytes);
        Assert.Equal(Known, (await _source.FindImageAsync(App, V1, CancellationToken.None))!.Digest);
        await ReadAsync();
        Assert.Equal(["HEAD /v2/team/app/manifests/v1", "GET /v2/team/app/manifests/v1"], Asked);
    }

    [Fact]
    public async Task A_digest_is_found_or_not_by_HEAD()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http, request.Target.EndsWith(Known.ToString(), StringComparison.Ordinal) ? 200 : 404);
        Assert.Equal(Known, (await _source.FindImageAsync(App, Known, CancellationToken.None))!.Digest);
        Assert.Null(await _source.FindImageAsync(App, Digest.OfSha256([2]), CancellationToken.None));
    }

    [Fact]
    public async Task A_manifest_that_does_not_match_its_digest_is_damaged()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Encoding.UTF8.GetBytes("{}"));
        Assert.Equal(ErrorCode.ManifestDigestMismatch, await FailureAsync());
    }

    [Fact]
    public async Task A_manifest_without_end_is_read_to_the_bound()
    {
        _registry.Answer = async (_, http) =>
        {
            // No length is given: a client that does not stop by itself reads on.
            for (var i = 0; i < 100; i++)
                await http.Response.Body.WriteAsync(new byte[64 * 1024]);
        };
        Assert.Equal(ErrorCode.ManifestTooLarge, await FailureAsync());
    }

    [Theory]
    [InlineData(404, "MANIFEST_UNKNOWN", ErrorCode.ManifestMissing)]
    [InlineData(403, "DENIED", ErrorCode.Denied)]
    [InlineData(401, "UNAUTHORIZED", ErrorCode.Unauthorized)]
    [InlineData(400, "NAME_INVALID", ErrorCode.SourceUnreadable)]
    public async Task A_refusal_has_a_stable_code(int status, string said, string code)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, status, said);
        Assert.Equal(code, await FailureAsync());
    }

    [Fact]
    public async Task A_manifest_that_breaks_off_is_fetched_anew()
    {
        var cuts = 2;
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Bytes, cuts-- > 0 ? 10 : int.MaxValue);
        Assert.Equal(Known, (await ReadAsync()).Digest);
        Assert.Equal(3, Asked.Count());
    }

    [Fact]
    public async Task A_manifest_that_always_breaks_off_fails_alone_and_may_be_tried_later()
    {
        _registry.Answer = (request, http) => ScriptedRegistry.ContentAsync(request, http, Bytes, 10);
        var failure = await Assert.ThrowsAsync<TransferException>(ReadAsync);
        Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Image, true), (failure.Error.Code, failure.Error.Scope, failure.IsTransient));
    }

    private Task<Manifest> ReadAsync() => _source.ReadManifestAsync(App, Known, CancellationToken.None).AsTask();

    private async Task<string> FailureAsync() => (await Assert.ThrowsAsync<TransferException>(ReadAsync)).Error.Code;
}

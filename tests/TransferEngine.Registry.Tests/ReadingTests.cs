using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class ReadingTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    private ScriptedRegistry _registry = null!;
    private RegistryTarget _target = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _target = await _registry.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task Tags_are_read_page_by_page()
    {
        _registry.Answer = (request, http) => request.Target.Contains("last=b", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, """{"name":"team/app","tags":["c"]}""")
            : ScriptedRegistry.StatusAsync(http, 200, """{"name":"team/app","tags":["a","b","not a tag"]}""", ("Link", "</v2/team/app/tags/list?last=b&n=1000>; rel=\"next\""));
        Assert.Equal(["a", "b", "c"], (await _target.ListTagsAsync(App, CancellationToken.None))!.Select(tag => tag.ToString()).Order());
    }

    [Fact]
    public async Task A_registry_may_give_all_of_many_tags_at_once()
    {
        const int Tags = 60_000;
        var names = string.Join(',', Enumerable.Range(0, Tags).Select(i => $"\"build-2026-01-01-{i}\""));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, $"{{\"tags\":[{names}]}}");
        Assert.Equal(Tags, (await _target.ListTagsAsync(App, CancellationToken.None))!.Count);
    }

    [Fact]
    public async Task Tags_that_are_null_are_none_and_404_is_an_unknown_repository()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, """{"name":"team/app","tags":null}""");
        Assert.Empty((await _target.ListTagsAsync(App, CancellationToken.None))!);
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, 404, "NAME_UNKNOWN");
        Assert.Null(await _target.ListTagsAsync(App, CancellationToken.None));
    }

    [Fact]
    public async Task A_manifest_is_asked_for_by_HEAD_in_all_types_and_its_digest_is_what_the_registry_says()
    {
        var digest = Digest.OfSha256([1]);
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, "", ("Docker-Content-Digest", digest.ToString()));
        Assert.Equal(digest, await _target.HeadManifestAsync(App, Tag.Parse("v1"), CancellationToken.None));
        var request = _registry.Requests.Last();
        Assert.Equal("HEAD /v2/team/app/manifests/v1", request.ToString());
        Assert.All([MediaType.OciManifest, MediaType.OciIndex, MediaType.DockerManifest, MediaType.DockerManifestList], type => Assert.Contains(type, request.Accept, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tag_without_a_digest_header_is_a_violation()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 200, "", ("Docker-Content-Digest", "sha256:short"));
        var failure = await Assert.ThrowsAsync<TransferException>(() => _target.HeadManifestAsync(App, Tag.Parse("v1"), CancellationToken.None));
        Assert.Equal(ErrorCode.ProtocolViolation, failure.Error.Code);
    }

    [Fact]
    public async Task A_manifest_is_sent_as_it_was_stored()
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{ "schemaVersion" : 2, "config":{"digest":"{{Digest.OfSha256([1])}}","size":1}, "layers":[] }""");
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 201);
        await _target.PutManifestAsync(App, Tag.Parse("v1"), manifest, CancellationToken.None);
        var request = _registry.Requests.Last();
        Assert.Equal("PUT /v2/team/app/manifests/v1", request.ToString());
        Assert.Equal(MediaType.OciManifest, request.ContentType);
        Assert.Equal(bytes, request.Body);
    }

    [Theory]
    [InlineData(400, "MANIFEST_BLOB_UNKNOWN", ErrorCode.TargetBlobUnknown)]
    [InlineData(404, "MANIFEST_BLOB_UNKNOWN", ErrorCode.TargetBlobUnknown)]
    [InlineData(413, "", ErrorCode.BodyTooLarge)]
    [InlineData(412, "PRECONDITION", ErrorCode.TargetRejected)]
    public async Task A_refused_manifest_has_a_stable_code(int status, string said, string code)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, status, said);
        Assert.Equal(code, (await PutSomeManifestAsync()).Code);
    }

    [Fact]
    public async Task A_manifest_stored_under_another_digest_is_a_violation()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 201, "", ("Docker-Content-Digest", Digest.OfSha256([9]).ToString()));
        Assert.Equal(ErrorCode.ProtocolViolation, (await PutSomeManifestAsync()).Code);
    }

    [Theory]
    [InlineData("<html>bad gateway</html>")]
    [InlineData("""{"errors":"none"}""")]
    [InlineData("""{"errors":[{"code":7}]}""")]
    [InlineData("""{"errors":[{"code":"DENIED","message":"a\u001b[31mred\u0007 word"}]}""")]
    public async Task Whatever_stands_in_an_error_it_becomes_one_line_of_plain_text(string body)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 400, body);
        Assert.DoesNotContain((await PutSomeManifestAsync()).ToString(), char.IsControl);
    }

    [Fact]
    public async Task An_endless_error_is_read_to_a_bound()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 400, new string('x', 10_000_000));
        Assert.InRange((await PutSomeManifestAsync()).Message.Length, 1, 500);
    }

    private async Task<TransferError> PutSomeManifestAsync()
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"config":{"digest":"{{Digest.OfSha256([1])}}","size":1},"layers":[]}""");
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        return (await Assert.ThrowsAsync<TransferException>(() => _target.PutManifestAsync(App, Tag.Parse("v1"), manifest, CancellationToken.None))).Error;
    }
}

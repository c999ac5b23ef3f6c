using System.IO.Pipelines;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>What a registry says when it refuses, and what is made of it.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    // As docker-registry 2.8 answers, with status 500, to a foreign layer whose address it does not permit.
    private const string ForeignLayer =
        """
        {"errors":[{"code":"UNKNOWN","message":"unknown error"},{"code":"UNKNOWN","message":"unknown error","detail":{}},
        {"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}]}
        """;

    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Descriptor Blob = new("x", Digest.OfSha256([1]), 1);

    private ScriptedRegistry _registry = null!;
    private RegistryTarget _target = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _target = await _registry.ConnectAsync(options: new RegistryOptions { RetryTimes = 3, RetryDelay = TimeSpan.Zero });
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _registry.DisposeAsync();
    }

    private int Puts => _registry.Requests.Count(request => request.Method == "PUT");

    [Fact]
    public async Task Of_several_errors_all_are_told_and_the_most_telling_one_decides()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 500, ForeignLayer);
        var error = await PutManifestAsync();
        Assert.Equal((ErrorCode.TargetBlobUnknown, false), (error.Code, error.IsTransient));
        Assert.Contains("UNKNOWN: unknown error; MANIFEST_BLOB_UNKNOWN: blob unknown to registry (sha256:2d711642", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, Puts);
    }

    [Fact]
    public async Task A_foreign_layer_s_refusal_says_what_has_to_be_permitted()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 500, ForeignLayer);
        const string Foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        var layer = $$"""{"mediaType":"{{Foreign}}","digest":"{{Blob.Digest}}","size":1,"urls":["https://a.example/x"]}""";
        Assert.Contains("manifests.urls.allow", (await PutManifestAsync(layer)).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"UNKNOWN","message":"disk on fire"}]}""")]
    [InlineData("""{"errors":[]}""")]
    [InlineData("<html>")]
    public async Task A_server_s_own_trouble_is_tried_again(string body)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 500, body);
        Assert.Equal((ErrorCode.ServerError, true), (await PutManifestAsync()) is var error ? (error.Code, error.IsTransient) : default);
        Assert.Equal(4, Puts);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}""")]
    [InlineData("""{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}""")]
    public async Task A_manifest_whose_bytes_are_right_is_put_again_when_the_registry_doubts_them(string body)
    {
        var left = 2;
        _registry.Answer = (_, http) => left-- > 0 ? ScriptedRegistry.StatusAsync(http, 400, body) : ScriptedRegistry.StatusAsync(http, 201);
        await PutAsync();
        Assert.Equal(3, Puts);

        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 400, body);
        var error = await PutManifestAsync();
        Assert.Equal((ErrorCode.TargetRejected, ErrorScope.Image), (error.Code, error.Scope));
        Assert.Equal(3 + 4, Puts);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"MANIFEST_INVALID","message":"unmarshal manifest failed: missing signature key"}]}""", 2)]
    [InlineData("""{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid","detail":{"reason":"x"}}]}""", 2)]
    [InlineData("""{"errors":[{"code":"MANIFEST_UNVERIFIED","message":"x"}]}""", 1)]
    public async Task A_manifest_that_is_refused_for_a_reason_is_put_once_more_where_the_line_may_have_spoilt_it(string body, int puts)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 400, body);
        await PutManifestAsync();
        Assert.Equal(puts, Puts);
    }

    [Fact]
    public async Task A_front_that_takes_no_such_large_body_is_spoken_of()
    {
        _registry.Answer = (request, http) => request.Method == "POST" ? ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1"))
            : ScriptedRegistry.StatusAsync(http, 413, "<html><title>413 Request Entity Too Large</title></html>");
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        var blob = await FailureAsync(() => _target.PutBlobAsync(session, Blob, PipeReader.Create(new MemoryStream([1])), CancellationToken.None));
        Assert.Equal((ErrorCode.BodyTooLarge, ErrorScope.Blob, false), (blob.Code, blob.Scope, blob.IsTransient));
        Assert.Contains("client_max_body_size", blob.Hint, StringComparison.Ordinal);
        var manifest = await PutManifestAsync();
        Assert.Equal((ErrorCode.BodyTooLarge, ErrorScope.Image), (manifest.Code, manifest.Scope));
    }

    [Fact]
    public async Task A_registry_without_room_is_the_end_of_the_run()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 507);
        Assert.Equal((ErrorCode.TargetFull, ErrorScope.Endpoint), (await PutManifestAsync()) is var error ? (error.Code, error.Scope) : default);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Whoever_may_not_look_finds_out_by_pushing(int status)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, status, "DENIED");
        Assert.Null(await _target.HeadBlobAsync(App, Blob.Digest, CancellationToken.None));
        Assert.Null(await _target.HeadManifestAsync(App, Tag.Parse("v1"), CancellationToken.None));
        Assert.Null(await _target.HeadManifestAsync(App, Blob.Digest, CancellationToken.None));
    }

    [Fact]
    public void Whatever_stands_in_an_error_it_is_read_without_a_failure()
    {
        var pieces = Gen.Elements(
            "{", "}", "[", "]", "\"errors\":", "\"code\":", "\"message\":", "\"detail\":", "\"UNKNOWN\"", "\"\\ud800\"", "null", "7", ",", "true");
        Prop.ForAll(pieces.ListOf().ToArbitrary(), parts =>
        {
            var errors = SaidError.Parse(Encoding.UTF8.GetBytes(string.Concat(parts)));
            return errors.All(error => error.ToString().Length < 1000) && (SaidError.MostTelling(errors) is null) == (errors.Count == 0);
        }).QuickCheckThrowOnFailure();
        Assert.Empty(SaidError.Parse("\"\\ud800\""u8.ToArray()));
        Assert.Empty(SaidError.Parse("{\"errors\":[{\"code\":\"\\ud800\",\"message\":[]}]}"u8.ToArray()));
    }

    private Task PutAsync(string layers = "")
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"config":{"digest":"{{Blob.Digest}}","size":1},"layers":[{{layers}}]}""");
        return _target.PutManifestAsync(App, Tag.Parse("v1"), ManifestReader.Read(bytes, Digest.OfSha256(bytes)), CancellationToken.None);
    }

    private Task<TransferError> PutManifestAsync(string layers = "") => FailureAsync(() => PutAsync(layers));

    private static async Task<TransferError> FailureAsync(Func<Task> act) => (await Assert.ThrowsAsync<TransferException>(act)).Error;
}

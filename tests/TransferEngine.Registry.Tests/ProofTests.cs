using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>A success that anybody may have answered with is not believed: what is said to be there must be shown to be.</summary>
public sealed class ProofTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("content of a layer");
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256(Content), Content.Length);
    private static readonly Digest Other = Digest.OfSha256([9]);
    private static readonly Manifest Image = ImageOf(Blob);

    private ScriptedRegistry _registry = null!;
    private RegistryTarget _target = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _target = await _registry.ConnectAsync(options: new RegistryOptions { RetryTimes = 2, RetryDelay = TimeSpan.Zero });
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _registry.DisposeAsync();
    }

    private IEnumerable<SeenRequest> Sent(string method) => _registry.Requests.Where(request => request.Method == method && request.Target != "/v2/");

    [Theory]
    [InlineData(201, null, null, true)]
    [InlineData(200, "right", null, true)]
    [InlineData(202, "right", null, true)]
    [InlineData(200, null, "right", true)]
    [InlineData(202, null, "right", true)]
    [InlineData(200, null, "other", false)]
    [InlineData(200, null, null, false)]
    [InlineData(202, null, null, false)]
    [InlineData(201, "other", null, false)]
    [InlineData(200, "other", "right", false)]
    [InlineData(204, null, "right", false)]
    public async Task A_manifest_is_stored_when_the_answer_is_201_or_says_its_digest_or_a_HEAD_finds_it(int status, string? said, string? found, bool isStored)
    {
        _registry.Answer = (request, http) => request.Method == "PUT" ? DigestAsync(http, status, said) : DigestAsync(http, found is null ? 404 : 200, found);
        var failure = await Record.ExceptionAsync(() => _target.PutManifestAsync(App, Tag.Parse("v1"), Image, CancellationToken.None));
        if (isStored)
            Assert.Null(failure);
        else
            Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Image), ScopeOf(failure));
    }

    [Fact]
    public async Task A_manifest_that_was_answered_by_a_portal_is_put_again_until_the_registry_has_it()
    {
        var pages = 2;
        _registry.Answer = (_, http) => pages-- > 0 ? PageAsync(http, 200) : ScriptedRegistry.StatusAsync(http, 201);
        await _target.PutManifestAsync(App, Tag.Parse("v1"), Image, CancellationToken.None);
        Assert.Equal(3, Sent("PUT").Count());
    }

    public static TheoryData<string, int> Pages
    {
        get
        {
            var data = new TheoryData<string, int>();
            string[] operations =
                ["HEAD blob", "HEAD manifest", "HEAD tag", "tags", "mount", "start", "PUT blob", "PUT manifest", "read manifest", "find blob", "resolve", "catalog", "referrers"];
            foreach (var operation in operations)
            {
                foreach (var status in new[] { 200, 201, 202 })
                    data.Add(operation, status);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_web_page_in_the_registry_s_place_is_no_answer_to_anything(string operation, int status)
    {
        _registry.Answer = (request, http) => operation == "PUT blob" && request.Method == "POST"
            ? ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1")) : PageAsync(http, status);
        var failure = await Assert.ThrowsAsync<TransferException>(() => RunAsync(operation));
        Assert.Equal((ErrorCode.ProtocolViolation, true), (failure.Error.Code, failure.IsTransient));
        Assert.Contains("web page", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_answers_the_first_request_with_a_web_page_is_no_registry()
    {
        _registry.AnswerBase = (_, http) => PageAsync(http, 200);
        var failure = await Assert.ThrowsAsync<TransferException>(() => _registry.ConnectAsync());
        Assert.Equal((ErrorCode.NotARegistry, ErrorScope.Endpoint), ScopeOf(failure));
    }

    [Fact]
    public async Task What_a_registry_itself_calls_HTML_counts()
    {
        _registry.Answer = (_, http) =>
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            return ScriptedRegistry.StatusAsync(http, 201, "created", ("Docker-Distribution-Api-Version", "registry/2.0"));
        };
        await _target.PutManifestAsync(App, Tag.Parse("v1"), Image, CancellationToken.None);
        Assert.Single(Sent("PUT"));
    }

    [Theory]
    [InlineData(null, "application/vnd.oci.image.manifest.v1+json", true)]
    [InlineData(null, "Application/vnd.OCI.image.index.v1+JSON; charset=utf-8", true)]
    [InlineData(null, "application/json", false)]
    [InlineData(null, null, false)]
    [InlineData("right", null, true)]
    public async Task A_digest_that_a_HEAD_does_not_say_is_believed_beside_a_manifest_s_type_alone(string? said, string? type, bool isBelieved)
    {
        _registry.Answer = (_, http) =>
        {
            http.Response.ContentType = type;
            return DigestAsync(http, 200, said);
        };
        Assert.Equal(isBelieved ? Image.Digest : null, await _target.HeadManifestAsync(App, Image.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_for_other_content_is_a_violation()
    {
        _registry.Answer = (request, http) => request.Method == "POST"
            ? ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1"))
            : DigestAsync(http, request.Method == "PUT" ? 201 : 200, "other", length: Content.Length);
        foreach (var operation in new[] { "HEAD blob", "HEAD manifest", "PUT blob", "find blob", "find manifest" })
            Assert.Equal(ErrorCode.ProtocolViolation, ScopeOf(await Record.ExceptionAsync(() => RunAsync(operation))).Code);
    }

    [Theory]
    [InlineData(201, "Docker-Content-Digest", "right", null, true)]
    [InlineData(201, "Location", "/v2/team/app/blobs/x", null, true)]
    [InlineData(201, "Docker-Content-Digest", "other", null, false)]
    [InlineData(201, "X", "x", 18L, true)]
    [InlineData(201, "X", "x", null, false)]
    [InlineData(200, "Docker-Content-Digest", "right", null, false)]
    [InlineData(204, "X", "x", null, false)]
    public async Task A_mount_is_done_when_its_answer_names_the_blob_or_a_HEAD_finds_it(int status, string header, string value, long? found, bool isMounted)
    {
        _registry.Answer = (request, http) =>
        {
            if (request.Method == "HEAD")
                http.Response.ContentLength = found;
            var stated = value switch { "right" => Blob.Digest.ToString(), "other" => Other.ToString(), _ => value };
            return request.Method == "HEAD" ? ScriptedRegistry.StatusAsync(http, found is null ? 404 : 200)
                : ScriptedRegistry.StatusAsync(http, status, "", (header, stated));
        };
        var result = await _target.MountBlobAsync(App, Blob.Digest, RepositoryName.Parse("base"), CancellationToken.None);
        Assert.Equal(isMounted ? MountResult.Mounted : MountResult.Refused, result);
    }

    [Theory]
    [InlineData(201, null, true)]
    [InlineData(200, 18L, true)]
    [InlineData(204, 18L, true)]
    [InlineData(200, 17L, false)]
    [InlineData(202, null, false)]
    public async Task A_blob_is_stored_when_the_answer_is_201_or_a_HEAD_finds_its_length(int status, long? found, bool isStored)
    {
        _registry.Answer = (request, http) =>
        {
            if (request.Method == "HEAD")
                http.Response.ContentLength = found;
            return request.Method switch
            {
                "POST" => ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1")),
                "PUT" => ScriptedRegistry.StatusAsync(http, status),
                _ => ScriptedRegistry.StatusAsync(http, found is null ? 404 : 200),
            };
        };
        var failure = await Record.ExceptionAsync(() => RunAsync("PUT blob"));
        if (isStored)
            Assert.Null(failure);
        else
            Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Blob), ScopeOf(failure));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(204)]
    public async Task An_upload_is_open_when_the_answer_is_202(int status)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, status, "", ("Location", "/upload/1"));
        Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Repository), ScopeOf(await Record.ExceptionAsync(() => RunAsync("start"))));
    }

    private async Task RunAsync(string operation)
    {
        await using var source = _registry.Source(options: new RegistryOptions { RetryTimes = 1, RetryDelay = TimeSpan.Zero });
        var token = CancellationToken.None;
        await (operation switch
        {
            "HEAD blob" => _target.HeadBlobAsync(App, Blob.Digest, token),
            "HEAD manifest" => _target.HeadManifestAsync(App, Image.Digest, token),
            "HEAD tag" => _target.HeadManifestAsync(App, Tag.Parse("v1"), token),
            "tags" => _target.ListTagsAsync(App, token),
            "mount" => _target.MountBlobAsync(App, Blob.Digest, RepositoryName.Parse("base"), token),
            "start" => _target.StartUploadAsync(App, token),
            "PUT blob" => PutAsync(),
            "PUT manifest" => _target.PutManifestAsync(App, Tag.Parse("v1"), Image, token),
            "read manifest" => source.ReadManifestAsync(App, Image.Digest, token).AsTask(),
            "find blob" => source.FindBlobAsync(App, Blob.Digest, token).AsTask(),
            "find manifest" => source.FindImageAsync(App, Image.Digest, token).AsTask(),
            "resolve" => source.FindImageAsync(App, Tag.Parse("v1"), token).AsTask(),
            "catalog" => source.ListRepositoriesAsync(token).ToListAsync().AsTask(),
            _ => source.ListReferrersAsync(App, Image.Digest, token).ToListAsync().AsTask(),
        });
    }

    private async Task PutAsync()
    {
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        await _target.PutBlobAsync(session, Blob, PipeReader.Create(new MemoryStream(Content)), CancellationToken.None);
    }

    private static Task PageAsync(HttpContext http, int status)
    {
        http.Response.ContentType = "text/html";
        return ScriptedRegistry.StatusAsync(http, status, "<html><title>Sign in</title></html>", ("Location", "/login"));
    }

    private static Task DigestAsync(HttpContext http, int status, string? digest, long? length = null)
    {
        if (http.Request.Method == "HEAD")
            http.Response.ContentLength = length;
        return digest is null ? ScriptedRegistry.StatusAsync(http, status)
            : ScriptedRegistry.StatusAsync(http, status, "", ("Docker-Content-Digest", (digest == "right" ? Image.Digest : Other).ToString()));
    }

    private static (string Code, ErrorScope Scope) ScopeOf(Exception? failure)
    {
        var error = Assert.IsType<TransferException>(failure).Error;
        return (error.Code, error.Scope);
    }

    private static Manifest ImageOf(Descriptor config)
    {
        var descriptor = $$"""{"mediaType":"{{MediaType.OciConfig}}","digest":"{{config.Digest}}","size":{{config.Size}}}""";
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{descriptor}},"layers":[]}""");
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}

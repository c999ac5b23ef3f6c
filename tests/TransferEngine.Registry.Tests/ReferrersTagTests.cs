using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class ReferrersTagTests : IAsyncLifetime
{
    private const string Index = """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[""";

    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Subject = Digest.OfSha256("{}"u8);
    private static readonly Manifest Referrer = Signature(Subject);
    private static readonly string FallbackTag = $"/v2/team/app/manifests/sha256-{Subject.Hex}";

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

    private IEnumerable<string> Asked => _registry.Requests.Where(request => request.Target != "/v2/").Select(request => request.ToString());

    [Theory]
    [InlineData("", "")]
    [InlineData(""", "subject": {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"SUBJECT","size":2}""", "")]
    [InlineData("", """{"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"test/sbom","digest":"SUBJECT","size":2}""")]
    [InlineData("", """{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"SUBJECT","size":2}""")]
    public async Task A_list_of_referrers_is_written_once_whatever_it_says_of_itself(string ofItself, string listed)
    {
        var list = $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{listed}}]{{ofItself}}}""";
        Script(list.Replace("SUBJECT", Subject.ToString(), StringComparison.Ordinal), referrersStatus: 404);
        await PutAsync();
        Assert.Equal([$"PUT /v2/team/app/manifests/sig", $"GET /v2/team/app/referrers/{Subject}", $"GET {FallbackTag}", $"PUT {FallbackTag}"], Asked);
        Assert.Contains(Referrer.Digest.ToString(), Encoding.UTF8.GetString(_registry.Requests.Last().Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":"SUBJECT","size":2},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"digest":"SUBJECT","size":2},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}""")]
    [InlineData(Index + """{"artifactType":"x","digest":"SUBJECT","size":2,"platform":{"os":"linux","architecture":"amd64"}}]}""")]
    [InlineData(Index + """{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"SUBJECT","size":2}]}""")]
    [InlineData("""{"schemaVersion":1,"name":"a","signatures":[]}""")]
    [InlineData("<html>")]
    public async Task An_image_under_the_tag_of_the_list_is_left_as_it_is_and_the_referrer_s_error_names_it(string image)
    {
        Script(image.Replace("SUBJECT", Subject.ToString(), StringComparison.Ordinal), referrersStatus: 404);
        var error = (await Assert.ThrowsAsync<TransferException>(PutAsync)).Error;
        Assert.Equal((ErrorCode.TargetRejected, ErrorScope.Image, Referrer.Digest), (error.Code, error.Scope, error.Digest));
        Assert.Contains($"sha256-{Subject.Hex}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_registry.Requests, request => request.ToString() == $"PUT {FallbackTag}");
        Assert.Equal(MediaType.AcceptManifests, _registry.Requests.Last(request => request.Method == "GET").Accept);
    }

    [Fact]
    public async Task Referrers_that_come_together_are_all_listed_and_each_once()
    {
        var list = Index + "]}";
        var (editing, most) = (0, 0);
        _registry.Answer = async (request, http) =>
        {
            var isTag = request.Target == FallbackTag;
            if (isTag && request.Method == "PUT")
            {
                Interlocked.Decrement(ref editing);
                Volatile.Write(ref list, Encoding.UTF8.GetString(request.Body));
            }
            else if (isTag)
            {
                most = Math.Max(most, Interlocked.Increment(ref editing));
                for (var turn = 0; turn < 1000; turn++)
                    await Task.Yield();
            }
            await ScriptedRegistry.StatusAsync(http, request.Method == "PUT" ? 201 : isTag ? 200 : 404, isTag && request.Method == "GET" ? Volatile.Read(ref list) : "");
        };
        var referrers = Enumerable.Range(0, 8).Select(i => Signature(Subject, $"test/{i}")).ToList();
        await Task.WhenAll(referrers.Select(referrer => _target.PutManifestAsync(App, Tag.Parse("sig"), referrer, CancellationToken.None)))
            .WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(1, most);
        Assert.All(referrers, referrer => Assert.Contains(referrer.Digest.ToString(), list, StringComparison.Ordinal));

        var puts = Asked.Count(request => request == $"PUT {FallbackTag}");
        await _target.PutManifestAsync(App, Tag.Parse("sig"), referrers[0], CancellationToken.None);
        Assert.Equal(puts, Asked.Count(request => request == $"PUT {FallbackTag}"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(416)]
    [InlineData(500)]
    public async Task A_list_that_can_not_be_read_is_not_taken_for_an_empty_one_and_replaced(int status)
    {
        _registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http,
            request.Method == "PUT" ? 201 : request.Target.Contains("/referrers/", StringComparison.Ordinal) ? 404 : status);
        var error = (await Assert.ThrowsAsync<TransferException>(PutAsync)).Error;
        Assert.Equal(Referrer.Digest, error.Digest);
        Assert.DoesNotContain(_registry.Requests, request => request.ToString() == $"PUT {FallbackTag}");
    }

    [Theory]
    [InlineData("application/vnd.oci.image.index.v1+json", """{"manifests":[]}""")]
    [InlineData("Application/Vnd.OCI.image.index.v1+json; charset=utf-8", "{}")]
    [InlineData("application/json", """{"manifests":[{"digest":"REFERRER"}]}""")]
    public async Task A_registry_that_lists_referrers_without_saying_so_gets_no_list_and_is_asked_once(string type, string list)
    {
        Script("", 200, list.Replace("REFERRER", Referrer.Digest.ToString(), StringComparison.Ordinal), type);
        await PutAsync();
        await PutAsync();
        Assert.Equal([$"PUT /v2/team/app/manifests/sig", $"GET /v2/team/app/referrers/{Subject}", $"PUT /v2/team/app/manifests/sig"], Asked);
    }

    [Fact]
    public async Task An_answer_that_tells_nothing_is_asked_for_again()
    {
        Script($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[]}""", 200, "{}", "application/json");
        await PutAsync();
        await PutAsync();
        Assert.Equal(2, Asked.Count(request => request.Contains("/referrers/", StringComparison.Ordinal)));
        Assert.Equal(2, Asked.Count(request => request == $"PUT {FallbackTag}"));
    }

    private Task PutAsync() => _target.PutManifestAsync(App, Tag.Parse("sig"), Referrer, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));

    private void Script(string underTag, int referrersStatus, string list = "", string? type = null) => _registry.Answer = (request, http) =>
    {
        var isList = request.Target.Contains("/referrers/", StringComparison.Ordinal);
        http.Response.ContentType = isList ? type : null;
        return request.Method == "PUT" ? ScriptedRegistry.StatusAsync(http, 201)
            : isList ? ScriptedRegistry.StatusAsync(http, referrersStatus, list)
            : ScriptedRegistry.StatusAsync(http, 200, underTag);
    };

    private static Manifest Signature(Digest subject, string type = "test/signature")
    {
        var empty = $$"""{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{Digest.OfSha256("{}"u8)}}","size":2}""";
        var bytes = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","artifactType":"{{type}}","config":{{empty}},"layers":[{{empty}}],
             "subject":{"mediaType":"{{MediaType.OciManifest}}","digest":"{{subject}}","size":2} }
            """);
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}

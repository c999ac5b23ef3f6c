using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>Where a registry sends its clients is its word alone.</summary>
public sealed class RedirectTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData("ftp://elsewhere.example/blob")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//[")]
    public async Task A_redirect_that_leads_nowhere_is_not_followed(string location)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 307, "", ("Location", location));
        await using var target = await _registry.ConnectAsync();
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        Assert.Equal(ErrorCode.ProtocolViolation, failure.Error.Code);
    }

    [Fact]
    public async Task Nothing_that_changes_something_is_sent_to_where_a_redirect_leads()
    {
        await using var elsewhere = await ScriptedRegistry.StartAsync();
        elsewhere.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/1"));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 307, "", ("Location", $"http://{elsewhere.Host}/there"));
        await using var target = await _registry.ConnectAsync();
        var bytes = System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[]}""");
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        await Assert.ThrowsAsync<TransferException>(() => target.StartUploadAsync(App, CancellationToken.None));
        await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("v1"), manifest, CancellationToken.None));
        Assert.DoesNotContain(elsewhere.Requests, request => request.Method is not ("GET" or "HEAD"));
    }

    [Fact]
    public async Task A_registry_that_sends_its_client_round_and_round_is_not_followed_for_ever()
    {
        // A hundred times stand for ever: whoever goes round as often as he is sent gets an answer.
        var left = 100;
        _registry.Answer = (_, http) =>
        {
            http.Response.ContentLength = 0;
            return left-- > 0 ? ScriptedRegistry.StatusAsync(http, 307, "", ("Location", "/v2/again")) : ScriptedRegistry.StatusAsync(http, 200);
        };
        await using var target = await _registry.ConnectAsync();
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        Assert.Equal(ErrorCode.ProtocolViolation, failure.Error.Code);
    }

    [Theory]
    [InlineData("elsewhere.example", true)]
    [InlineData("", false)]
    public async Task An_upload_s_location_away_from_the_registry_is_reached_with_the_care_of_a_redirect(string host, bool isElsewhere)
    {
        await using var target = await _registry.ConnectAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"http://{(host.Length == 0 ? _registry.Host : host)}/upload");
        request.Headers.Authorization = new("Basic", "c2VjcmV0");
        using var stop = new CancellationTokenSource();
        using var watch = target.Transport.WatchIdleness(stop.Token);
        if (isElsewhere)
            await stop.CancelAsync();
        var sent = target.Transport.SendOnceAsync(request, "", new RequestSubject("the blob", host), watch, CancellationToken.None);
        await Record.ExceptionAsync(() => sent);
        Assert.Equal(isElsewhere, AddressGuard.IsMarked(request));
        Assert.Null(request.Headers.Authorization);
    }

    [Theory]
    [InlineData("https://reg.example/v2/", true)]
    [InlineData("https://REG.example:443/upload?_state=x", true)]
    [InlineData("http://reg.example/v2/", false)]
    [InlineData("https://reg.example:8443/v2/", false)]
    [InlineData("https://reg.example.evil.example/v2/", false)]
    [InlineData("https://reg.example@evil.example/v2/", false)]
    public async Task The_registry_s_own_is_what_has_its_scheme_host_and_port(string address, bool isOwn)
    {
        await using var target = RegistryTarget.Create(RegistryEndpoint.Parse("reg.example"), new RegistryOptions(), FixedCredentials.Anonymous, TimeProvider.System);
        Assert.Equal(isOwn, target.Transport.IsOwn(new Uri(address)));
    }
}

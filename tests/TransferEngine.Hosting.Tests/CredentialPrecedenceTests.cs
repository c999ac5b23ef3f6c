using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Registry;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>Which of several credentials a registry is shown, seen from the registry.</summary>
public sealed class CredentialPrecedenceTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<string> _shown = [];
    private WebApplication _registry = null!;

    private string Host => new Uri(_registry.Urls.First()).Authority;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _registry = builder.Build();
        _registry.MapGet("/v2/", Answer);
        await _registry.StartAsync();
        _environment["HOME"] = _folder.Path;
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Basic flags")]
    [InlineData("Bearer registry-token")]
    [InlineData("Basic authfile")]
    [InlineData("Basic variable")]
    [InlineData("Basic home")]
    public async Task Each_way_goes_before_those_that_follow(string way)
    {
        string[] order = ["Basic flags", "Bearer registry-token", "Basic authfile", "Basic variable", "Basic home"];
        var given = order.SkipWhile(one => one != way).ToHashSet();
        if (given.Contains("Basic variable"))
            _environment["REGISTRY_AUTH_FILE"] = WriteFile("variable.json", "variable");
        WriteFile(".docker/config.json", "home");
        await CheckAsync(new EndpointSettings
        {
            Credentials = given.Contains("Basic flags") ? new EndpointCredentials("flags", "x") : null,
            RegistryToken = given.Contains("Bearer registry-token") ? new EndpointToken("registry-token") : null,
            AuthFile = given.Contains("Basic authfile") ? WriteFile("named.json", "authfile") : null,
        });
        Assert.Equal(way, Assert.Single(_shown));
    }

    [Fact]
    public async Task No_credentials_means_none_wherever_there_are_some()
    {
        _environment["REGISTRY_AUTH_FILE"] = WriteFile("variable.json", "variable");
        WriteFile(".docker/config.json", "home");
        var failure = await Assert.ThrowsAsync<TransferException>(() => CheckAsync(new EndpointSettings { IsAnonymous = true }));
        Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code);
        Assert.Empty(_shown);
    }

    [Fact]
    public async Task A_named_file_that_knows_the_registry_not_hides_the_others()
    {
        WriteFile(".docker/config.json", "home");
        await Assert.ThrowsAsync<TransferException>(() => CheckAsync(new EndpointSettings { AuthFile = WriteFile("named.json", "authfile", "other.example") }));
        Assert.Empty(_shown);
    }

    [Fact]
    public void No_setting_shows_its_secret()
    {
        var settings = new EndpointSettings { Credentials = new EndpointCredentials("admin", "s3cret"), RegistryToken = new EndpointToken("s3cret") };
        Assert.DoesNotContain("s3cret", settings.ToString(), StringComparison.Ordinal);
    }

    private string WriteFile(string name, string user, string? host = null)
    {
        var path = _folder.Of(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $$"""{"auths":{"{{host ?? Host}}":{"username":"{{user}}","password":"x"} } }""");
        return path;
    }

    private async Task CheckAsync(EndpointSettings settings)
    {
        var scheme = new DockerScheme(Options.Create(new RegistryOptions()), Options.Create(new HarborOptions()), TimeProvider.System, new AuthFiles(_environment.GetValueOrDefault, TimeProvider.System));
        await using var target = scheme.OpenTarget($"//{Host}", settings);
        await target.CheckAsync(CancellationToken.None);
    }

    private IResult Answer(HttpContext http)
    {
        var shown = http.Request.Headers.Authorization.ToString().Split(' ');
        if (shown.Length < 2)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"r\"";
            return Results.Unauthorized();
        }
        _shown.Add($"{shown[0]} {(shown[0] == "Basic" ? Encoding.UTF8.GetString(Convert.FromBase64String(shown[1])).Split(':')[0] : shown[1])}");
        return Results.Ok();
    }
}

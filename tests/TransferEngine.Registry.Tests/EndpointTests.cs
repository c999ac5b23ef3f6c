using System.Net;
using System.Net.Sockets;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("localhost:5000", "docker://localhost:5000")]
    [InlineData("Registry.Example", "docker://registry.example")]
    [InlineData("registry.example:5000/team/old/", "docker://registry.example:5000/team/old")]
    public void An_address_is_a_host_and_a_prefix(string text, string endpoint) => Assert.Equal(endpoint, RegistryEndpoint.Parse(text).ToString());

    [Theory]
    [InlineData("docker.io/alpine", "library/alpine")]
    [InlineData("index.docker.io/alpine", "library/alpine")]
    [InlineData("registry-1.docker.io/team/app", "team/app")]
    [InlineData("registry.example/alpine", "alpine")]
    public void A_single_name_is_short_for_one_of_library_on_Docker_Hub_alone(string text, string repository) =>
        Assert.Equal(repository, RegistryEndpoint.Parse(text).Repository.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("host:port")]
    [InlineData("host:")]
    [InlineData("host:/team")]
    [InlineData("[::1]:")]
    [InlineData("host/Upper")]
    [InlineData("user:s3cret@host")]
    public void What_is_no_address_is_refused_without_repeating_a_password(string text)
    {
        var failure = Assert.Throws<TransferException>(() => RegistryEndpoint.Parse(text));
        Assert.Equal(ErrorCode.EndpointInvalid, failure.Error.Code);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prefix_is_put_in_front_and_a_name_that_gets_too_long_is_refused()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var target = await registry.ConnectAsync(prefix: "/old");
        Assert.Equal("old/team/app", target.MapRepository(RepositoryName.Parse("team/app")).ToString());
        var failure = Assert.Throws<TransferException>(() => target.MapRepository(RepositoryName.Parse(new string('a', 253))));
        Assert.Equal(ErrorCode.RepositoryNameInvalid, failure.Error.Code);
    }

    [Fact]
    public async Task A_host_that_is_down_is_an_endpoint_error()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var port = ((IPEndPoint)unused.LocalEndpoint).Port;
        unused.Stop();
        await using var target = RegistryTarget.Create(RegistryEndpoint.Parse($"127.0.0.1:{port}"), new RegistryOptions { RetryDelay = TimeSpan.Zero }, FixedCredentials.Anonymous, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(CancellationToken.None));
        Assert.Equal((ErrorCode.HostUnreachable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(302)]
    public async Task A_server_that_is_no_registry_is_told_as_such(int status)
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, status, "<html>");
        var failure = await Assert.ThrowsAsync<TransferException>(() => registry.ConnectAsync());
        Assert.Equal((ErrorCode.NotARegistry, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    [Fact]
    public async Task A_server_that_is_not_ready_is_asked_again()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var asked = 0;
        registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, Interlocked.Increment(ref asked) < 3 ? 503 : 200);
        await using var target = await registry.ConnectAsync();
        Assert.True(asked >= 3);
    }

    [Fact]
    public async Task A_server_that_does_not_get_ready_is_told_as_such()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 503);
        var failure = await Assert.ThrowsAsync<TransferException>(() => registry.ConnectAsync());
        Assert.Equal((ErrorCode.HostUnreachable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("503", failure.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s3cret\ntoken")]
    public void A_registry_token_that_no_header_takes_is_refused_without_repeating_it(string token)
    {
        var failure = Assert.Throws<TransferException>(() => RegistryCredential.OfRegistryToken(token));
        Assert.Equal(ErrorCode.CredentialsUnusable, failure.Error.Code);
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
    }
}

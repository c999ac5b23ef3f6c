using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Auth;

/// <summary>Where a registry may have its credentials sent.</summary>
public sealed class RealmGuardTests
{
    [Theory]
    [InlineData("docker.io", "https://auth.docker.io/token")]
    [InlineData("quay.io", "https://quay.io/v2/auth")]
    [InlineData("ghcr.io", "https://ghcr.io/token")]
    [InlineData("registry.gitlab.com", "https://gitlab.com/jwt/auth")]
    [InlineData("registry.git.corp.example", "https://git.corp.example/jwt/auth")]
    [InlineData("registry.redhat.io", "https://sso.redhat.com/auth/realms/rhcc/protocol/redhat-docker-v2/auth")]
    [InlineData("harbor.corp.example:8443", "https://harbor.corp.example:8443/service/token")]
    [InlineData("reg.example", "https://reg.example:5001/auth")]
    [InlineData("reg.shop.co.uk", "https://auth.shop.co.uk/token")]
    [InlineData("10.0.0.5:5000", "https://10.0.0.5:5001/auth")]
    [InlineData("localhost:5000", "https://127.0.0.1:5001/auth")]
    public void Credentials_go_to_the_registry_s_own_host_and_to_its_domain(string registry, string realm) =>
        Assert.Equal(realm, Check(registry, realm).AbsoluteUri);

    [Theory]
    [InlineData("reg.example", "https://auth.elsewhere.example2/token")]
    [InlineData("reg.example.com", "https://reg.example.com.evil.org/token")]
    [InlineData("reg.example.com", "https://evilexample.com/token")]
    [InlineData("reg.shop.co.uk", "https://auth.evil.co.uk/token")]
    [InlineData("10.0.0.5:5000", "https://10.9.0.5/auth")]
    [InlineData("registry.example.com", "https://169.254.169.254/latest")]
    [InlineData("registry.example.com", "https://[fd00::1]/token")]
    [InlineData("registry", "https://auth/token")]
    [InlineData("registry.example.com", "https://127.0.0.1:5001/auth")]
    [InlineData("registry.example.com", "https://localhost/token")]
    public void They_go_nowhere_else_unless_the_user_names_it(string registry, string realm)
    {
        var error = Assert.Throws<TransferException>(() => Check(registry, realm)).Error;
        Assert.Equal((ErrorCode.CredentialsUnusable, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("--dest-trusted-realm", error.Hint, StringComparison.Ordinal);
        var ofSource = Assert.Throws<TransferException>(() => Check(registry, realm, role: RegistryRole.Source)).Error;
        Assert.Contains("--src-trusted-realm", ofSource.Hint, StringComparison.Ordinal);
        Assert.Equal(realm, Check(registry, realm, hasCredentials: false).AbsoluteUri);
        Assert.Equal(realm, Check(registry, realm, trusted: new Uri(realm).IdnHost.ToUpperInvariant()).AbsoluteUri);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("/token", false)]
    [InlineData("ftp://reg.example/token", false)]
    [InlineData("https://user:s3cret@reg.example/token", false)]
    [InlineData("https://reg.example@evil.example/token", false)]
    [InlineData("http://reg.example/token", true)]
    public void What_is_no_URL_fit_for_credentials_is_a_violation_for_whoever_asks(string? realm, bool isTls)
    {
        foreach (var hasCredentials in new[] { true, false })
        {
            var failure = Assert.Throws<TransferException>(() => Check("reg.example", realm, hasCredentials, isTls, trusted: "reg.example"));
            Assert.Equal(ErrorCode.ProtocolViolation, failure.Error.Code);
            Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("reg.example:5000", "http://reg.example:5001/auth", true)]
    [InlineData("localhost:5000", "http://127.0.0.1:5001/auth", true)]
    [InlineData("reg.example.com:5000", "http://auth.example.com/auth", false)]
    public void In_the_clear_they_go_to_the_registry_s_own_host_alone_and_only_where_that_is_in_the_clear_itself(string registry, string realm, bool isTrusted)
    {
        if (isTrusted)
            Assert.NotNull(Check(registry, realm, isTls: false));
        else
            Assert.Equal(ErrorCode.CredentialsUnusable, Assert.Throws<TransferException>(() => Check(registry, realm, isTls: false)).Error.Code);
        Assert.Throws<TransferException>(() => Check(registry, realm, isTls: true));
    }

    [Fact]
    public async Task A_token_server_of_another_host_is_not_sent_the_password()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var challenge = ("WWW-Authenticate", "Bearer realm=\"https://auth.elsewhere.invalid/token\"");
        registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", challenge);
        var failure = await Assert.ThrowsAsync<TransferException>(() => registry.ConnectAsync(new RegistryCredential("mover", "s3cret")));
        Assert.Equal(ErrorCode.CredentialsUnusable, failure.Error.Code);
        Assert.Contains("auth.elsewhere.invalid", failure.Error.Message, StringComparison.Ordinal);
    }

    private static Uri Check(
        string registry, string? realm, bool hasCredentials = true, bool isTls = true, string? trusted = null, RegistryRole role = RegistryRole.Target) =>
        new RealmGuard(RegistryEndpoint.Parse(registry), trusted is null ? [] : [trusted], role).Check(realm, isTls, hasCredentials);
}

using System.Text;
using System.Text.Json.Nodes;
using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Registry;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class LoginCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CommandRun _run = new();

    public LoginCommandTests() => _run.AuthFiles = new AuthFiles(name => name == "HOME" ? _folder.Path : null, TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    private string DefaultFile => _folder.Of(".config/containers/auth.json");

    [Fact]
    public async Task What_the_registry_accepts_is_kept()
    {
        _run.Input = "s3cret\n";
        await _run.AssertExitAsync(0, "login", "reg.example:5000", "-u", "mover", "--password-stdin", "--tls-verify=false", "--cert-dir", "/certs");
        Assert.Equal($"Logged in to reg.example:5000 as mover; kept in {DefaultFile}.\n", _run.Output);
        Assert.Equal("docker://reg.example:5000", _run.Endpoints.TargetAddress);
        Assert.Equal(new EndpointSettings { Credentials = new EndpointCredentials("mover", "s3cret"), VerifyTls = false, CertificateFolder = "/certs" }, _run.Endpoints.TargetSettings);
        Assert.Equal("mover:s3cret", Kept(DefaultFile, "reg.example:5000"));
    }

    [Fact]
    public async Task What_the_registry_refuses_is_not_kept()
    {
        _run.Input = "s3cret\n";
        _run.Endpoints.Check = Task.FromException(new TransferException(new TransferError(ErrorCode.Unauthorized, "No.") { Scope = ErrorScope.Endpoint }));
        await _run.AssertExitAsync(3, "login", "reg.example", "-u", "mover", "--password-stdin");
        Assert.Equal("transfer: UNAUTHORIZED: No.\n", _run.Errors);
        Assert.False(File.Exists(DefaultFile));
    }

    [Fact]
    public async Task Whoever_sits_at_a_terminal_is_asked()
    {
        (_run.Input, _run.HiddenInput) = ("mover\n", "s3cret");
        await _run.AssertExitAsync(0, "login", "docker.io", "--authfile", _folder.Of("config.json"));
        Assert.Equal("User name: Password: \n", _run.Errors);
        Assert.Equal("docker://docker.io", _run.Endpoints.TargetAddress);
        Assert.Equal("mover:s3cret", Kept(_folder.Of("config.json"), "https://index.docker.io/v1/"));
    }

    [Theory]
    [InlineData("login", "reg.example")]
    [InlineData("login", "reg.example", "-u", "mover")]
    [InlineData("login", "reg.example", "--password-stdin")]
    [InlineData("login", "reg.example", "-u", "mover", "--password-stdin")]
    [InlineData("login", "reg.example", "-u", "mov:er", "--password-stdin")]
    [InlineData("login")]
    [InlineData("login", "mover:s3cret@reg.example", "-u", "mover", "--password-stdin")]
    [InlineData("logout")]
    [InlineData("logout", "reg.example", "--all")]
    [InlineData("logout", "no registry")]
    public async Task What_can_not_be_meant_is_wrong_usage(params string[] args)
    {
        await _run.AssertExitAsync(2, args);
        Assert.DoesNotContain("s3cret", _run.Errors + _run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(DefaultFile));
    }

    [Fact]
    public async Task A_logout_forgets_one_registry_or_all()
    {
        foreach (var registry in new[] { "a.example", "b.example", "c.example/team" })
        {
            _run.Input = "s3cret\n";
            await _run.RunAsync("login", registry, "-u", "mover", "--password-stdin");
        }
        await _run.AssertExitAsync(0, "logout", "a.example");
        Assert.Equal("Logged out of a.example.\n", _run.Output);
        Assert.Equal(["b.example", "c.example/team"], Entries(DefaultFile).Select(entry => entry.Key));
        await _run.AssertExitAsync(0, "logout", "a.example");
        Assert.Equal($"There were no credentials for a.example in {DefaultFile}.\n", _run.Output);
        await _run.AssertExitAsync(0, "logout", "--all");
        Assert.Equal($"Forgot 2 registries in {DefaultFile}.\n", _run.Output);
        Assert.Empty(Entries(DefaultFile));
    }

    private static JsonObject Entries(string file) => JsonNode.Parse(File.ReadAllText(file))!["auths"]!.AsObject();

    private static string Kept(string file, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(Entries(file)[key]!["auth"]!.GetValue<string>()));
}

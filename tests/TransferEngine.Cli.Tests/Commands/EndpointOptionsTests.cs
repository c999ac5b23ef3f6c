using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Hosting;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

/// <summary>The options of source and target, which are the same but for their names.</summary>
public sealed class EndpointOptionsTests : IDisposable
{
    private readonly CommandRun _run = new();
    private readonly string _passwordFile = Path.GetTempFileName();

    public void Dispose() => File.Delete(_passwordFile);

    [Fact]
    public async Task Without_options_the_configuration_decides()
    {
        await MigrateAsync();
        Assert.Equal((new EndpointSettings(), new EndpointSettings()), (_run.Endpoints.SourceSettings, _run.Endpoints.TargetSettings));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("dest")]
    public async Task Credentials_may_hold_colons_in_the_password(string side)
    {
        await MigrateAsync($"--{side}-creds", "admin:a:b");
        Assert.Equal(new EndpointSettings { Credentials = new EndpointCredentials("admin", "a:b") }, SettingsOf(side));
        Assert.Equal(new EndpointSettings(), SettingsOf(side == "src" ? "dest" : "src"));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("dest")]
    public async Task A_password_is_read_from_the_first_line_of_a_file(string side)
    {
        await File.WriteAllTextAsync(_passwordFile, "from file\nmore");
        await MigrateAsync($"--{side}-username", "admin", $"--{side}-password-file", _passwordFile);
        Assert.Equal(new EndpointCredentials("admin", "from file"), SettingsOf(side).Credentials);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("dest")]
    public async Task A_password_is_read_from_standard_input(string side)
    {
        _run.Input = "from stdin\n";
        await MigrateAsync($"--{side}-username", "admin", $"--{side}-password-stdin");
        Assert.Equal(new EndpointCredentials("admin", "from stdin"), SettingsOf(side).Credentials);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("dest")]
    public async Task Tokens_anonymity_TLS_certificates_and_retries_reach_the_endpoint(string side)
    {
        await MigrateAsync($"--{side}-registry-token", "token");
        Assert.Equal(new EndpointSettings { RegistryToken = new EndpointToken("token") }, SettingsOf(side));
        await MigrateAsync($"--{side}-no-creds", $"--{side}-tls-verify=false", $"--{side}-cert-dir", "/certs", "--retry-times", "7");
        Assert.Equal(new EndpointSettings { IsAnonymous = true, VerifyTls = false, CertificateFolder = "/certs", RetryTimes = 7 }, SettingsOf(side));
    }

    [Fact]
    public async Task An_auth_file_holds_for_both_ends_unless_one_has_its_own()
    {
        await MigrateAsync("--authfile", "/both");
        Assert.Equal(("/both", "/both"), (SettingsOf("src").AuthFile, SettingsOf("dest").AuthFile));
        await MigrateAsync("--authfile", "/both", "--src-authfile", "/source");
        Assert.Equal(("/source", "/both"), (SettingsOf("src").AuthFile, SettingsOf("dest").AuthFile));
        await MigrateAsync("--authfile", "/both", "--dest-authfile", "/target");
        Assert.Equal(("/both", "/target"), (SettingsOf("src").AuthFile, SettingsOf("dest").AuthFile));
    }

    [Theory]
    [InlineData("plan", "/data", "docker://localhost:5000")]
    [InlineData("verify", "/data", "docker://localhost:5000")]
    [InlineData("list", "/data")]
    public async Task Every_command_with_a_source_takes_them(params string[] command)
    {
        await _run.RunAsync([.. command, "--src-creds", "admin:x", "--authfile", "/file"]);
        Assert.Equal(new EndpointSettings { Credentials = new EndpointCredentials("admin", "x"), AuthFile = "/file" }, _run.Endpoints.SourceSettings);
    }

    [Theory]
    [InlineData("--dest-creds", "s3cret")]
    [InlineData("--dest-creds", ":s3cret")]
    [InlineData("--src-creds", "s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--dest-username", "a")]
    [InlineData("--src-creds", "a:s3cret", "--src-username", "a")]
    [InlineData("--dest-username", "a")]
    [InlineData("--dest-password-stdin")]
    [InlineData("--src-password-stdin")]
    [InlineData("--dest-username", "a", "--dest-password-stdin", "--dest-password-file", "/x")]
    [InlineData("--dest-username", "a", "--dest-password-file", "/there/is/no/such/file")]
    [InlineData("--dest-username", "a", "--dest-password-stdin")]
    [InlineData("--dest-username", "a", "--dest-password-file", "/dev/null")]
    [InlineData("--src-username", "a", "--src-password-stdin", "--dest-username", "b", "--dest-password-stdin")]
    [InlineData("--dest-no-creds", "--dest-creds", "a:s3cret")]
    [InlineData("--src-no-creds", "--src-registry-token", "s3cret")]
    [InlineData("--dest-no-creds", "--dest-username", "a", "--dest-password-stdin")]
    [InlineData("--retry-times", "-1")]
    [InlineData("--dest-cred", "a:s3cret")]
    [InlineData("--dest-cred=a:s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--dest-creds", "b:s3cret")]
    [InlineData("--src-registry-token", "s3cret", "--src-registry-token", "s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--pushers", "many")]
    public async Task What_can_not_be_meant_is_wrong_usage_and_no_password_is_shown(params string[] options)
    {
        await _run.AssertExitAsync(2, Command(options));
        Assert.NotEmpty(_run.Errors);
        Assert.DoesNotContain("s3cret", _run.Errors + _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("dest")]
    public async Task A_token_server_is_trusted_by_name_for_its_side_alone(string side)
    {
        await _run.AssertExitAsync(0, Command([$"--{side}-trusted-realm", "auth.example", $"--{side}-trusted-realm", "auth.example:8443"]));
        Assert.Equal(["auth.example", "auth.example:8443"], SettingsOf(side).TrustedRealms);
        Assert.Empty(SettingsOf(side == "src" ? "dest" : "src").TrustedRealms);
    }

    [Fact]
    public async Task The_command_that_goes_on_repeats_no_secret_and_says_which_to_give_again()
    {
        _run.Engine.Fatal = new Images.TransferError(Images.ErrorCode.HostUnreachable, "It is gone.");
        await MigrateAsync("--src-creds", "a:s3cret", "--dest-registry-token", "s3cret", "--dest-authfile", "/file");
        Assert.Contains("--dest-authfile /file   (and --src-creds, --dest-registry-token as before)", _run.Output + _run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", _run.Output + _run.Errors, StringComparison.Ordinal);
    }

    private Task<int> MigrateAsync(params string[] options) => _run.RunAsync(Command(options));

    private static string[] Command(string[] options) => ["migrate", "registry-tree:/data", "docker://localhost:5000", .. options];

    private EndpointSettings SettingsOf(string side) => (side == "src" ? _run.Endpoints.SourceSettings : _run.Endpoints.TargetSettings)!;
}

using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class TargetOptionsTests : IDisposable
{
    private readonly CommandRun _run = new();
    private readonly string _passwordFile = Path.GetTempFileName();

    public void Dispose() => File.Delete(_passwordFile);

    [Fact]
    public async Task Without_options_the_configuration_decides()
    {
        await MigrateAsync();
        Assert.Equal(new Hosting.EndpointSettings(), _run.Endpoints.TargetSettings);
    }

    [Fact]
    public async Task Credentials_may_hold_colons_in_the_password()
    {
        await MigrateAsync("--dest-creds", "admin:a:b");
        Assert.Equal(("admin", "a:b"), Given());
    }

    [Fact]
    public async Task A_password_is_read_from_the_first_line_of_a_file()
    {
        await File.WriteAllTextAsync(_passwordFile, "from file\nmore");
        await MigrateAsync("--dest-username", "admin", "--dest-password-file", _passwordFile);
        Assert.Equal(("admin", "from file"), Given());
    }

    [Fact]
    public async Task A_password_is_read_from_standard_input()
    {
        _run.Input = "from stdin\n";
        await MigrateAsync("--dest-username", "admin", "--dest-password-stdin");
        Assert.Equal(("admin", "from stdin"), Given());
    }

    [Fact]
    public async Task Tls_certificates_and_retries_reach_the_endpoint()
    {
        await MigrateAsync("--dest-tls-verify=false", "--dest-cert-dir", "/certs", "--retry-times", "7");
        Assert.Equal(new Hosting.EndpointSettings { VerifyTls = false, CertificateFolder = "/certs", RetryTimes = 7 }, _run.Endpoints.TargetSettings);
    }

    [Fact]
    public async Task What_Harbor_is_to_do_reaches_the_endpoint()
    {
        await MigrateAsync("--harbor-create-projects=false", "--harbor-visibility", "public", "--harbor-storage-limit", "-1", "--harbor-default-project", "mirror");
        Assert.Equal(new Hosting.HarborSettings { CreateProjects = false, Visibility = Registry.HarborVisibility.Public, StorageLimit = -1, DefaultProject = "mirror" },
            _run.Endpoints.TargetSettings?.Harbor);
    }

    [Theory]
    [InlineData("--harbor-storage-limit", "-2")]
    [InlineData("--dest-creds", "s3cret")]
    [InlineData("--dest-creds", ":s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--dest-username", "a")]
    [InlineData("--dest-username", "a")]
    [InlineData("--dest-password-stdin")]
    [InlineData("--dest-username", "a", "--dest-password-stdin", "--dest-password-file", "/x")]
    [InlineData("--dest-username", "a", "--dest-password-file", "/there/is/no/such/file")]
    [InlineData("--retry-times", "-1")]
    [InlineData("--dest-cred", "a:s3cret")]
    [InlineData("--dest-cred=a:s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--dest-creds", "b:s3cret")]
    [InlineData("--dest-creds", "a:s3cret", "--pushers", "many")]
    public async Task What_can_not_be_meant_is_wrong_usage_and_no_password_is_shown(params string[] options)
    {
        Assert.Equal(2, await MigrateAsync(options));
        Assert.NotEmpty(_run.Errors);
        Assert.DoesNotContain("s3cret", _run.Errors + _run.Output, StringComparison.Ordinal);
    }

    private Task<int> MigrateAsync(params string[] options) => _run.RunAsync(["migrate", "registry-tree:/data", "docker://localhost:5000", .. options]);

    private (string? User, string? Password) Given() => (_run.Endpoints.TargetSettings?.Credentials?.User, _run.Endpoints.TargetSettings?.Credentials?.Password);
}

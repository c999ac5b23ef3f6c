using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Credentials;

/// <summary>A registry with htpasswd as the source, and another one as the target.</summary>
public sealed class SourceCredentialsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ProtectedRegistry _source = null!;
    private DockerRegistry _target = null!;

    public async Task InitializeAsync()
    {
        _source = await ProtectedRegistry.StartAsync();
        _target = await DockerRegistry.StartAsync(_folder.Of("target"));
        var filled = await _source.MigrateAsync(["--dest-creds", Both]);
        filled.AssertExit(0);
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _source.DisposeAsync();
        _folder.Dispose();
    }

    private static string Both => $"{ProtectedRegistry.User}:{ProtectedRegistry.Password}";

    [Theory]
    [InlineData("--src-creds")]
    [InlineData("--src-password-file")]
    [InlineData("--src-password-stdin")]
    [InlineData("--src-authfile")]
    [InlineData("--authfile")]
    [InlineData("login")]
    public async Task Each_way_lets_the_program_read_and_leaves_no_secret_anywhere(string way)
    {
        if (way == "login")
            await _source.RunAsync(["login", _source.Server.Host, "-u", ProtectedRegistry.User, "--password-stdin"], ProtectedRegistry.Password + "\n");
        string[] options = way switch
        {
            "--src-creds" => [way, Both],
            "--src-password-file" => ["--src-username", ProtectedRegistry.User, way, _source.Give("password", ProtectedRegistry.Password)],
            "--src-password-stdin" => ["--src-username", ProtectedRegistry.User, way],
            "--src-authfile" or "--authfile" => [way, _source.GiveAuthFile("auth.json")],
            _ => [],
        };
        var migrated = await _source.MigrateAsync(options, ProtectedRegistry.Password + "\n", _target.Host, $"docker://{_source.Server.Host}");
        migrated.AssertExit(0);
        Assert.Contains(_target.Requests, request => request is { Method: "PUT", IsManifest: true, Status: 201 });

        var listed = await _source.RunAsync(["list", $"docker://{_source.Server.Host}", .. options], ProtectedRegistry.Password + "\n");
        listed.AssertExit(0);
        Assert.Equal("app:v1\n", listed.Output);
        _source.AssertNoSecret();
    }

    [Fact]
    public async Task The_target_s_credentials_are_not_shown_to_the_source()
    {
        var result = await _source.MigrateAsync(["--dest-creds", Both], host: _target.Host, source: $"docker://{_source.Server.Host}");
        result.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", result.Errors, StringComparison.Ordinal);
        _source.AssertNoSecret();
    }
}

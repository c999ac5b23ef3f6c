using TransferEngine.Integration.Tests.Support;
using Xunit;

namespace TransferEngine.Integration.Tests.Credentials;

/// <summary><c>transfer login</c> and <c>logout</c> against a real registry, with skopeo reading and writing the same file.</summary>
public sealed class LoginTests
{
    [Fact]
    public async Task What_login_keeps_is_found_by_this_program_and_by_skopeo_until_the_logout()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var login = await registry.RunAsync(["login", registry.Server.Host, "--username", ProtectedRegistry.User, "--password-stdin"], ProtectedRegistry.Password + "\n");
        login.AssertExit(0);
        var file = registry.Given("home/.config/containers/auth.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        var migrated = await registry.MigrateAsync([]);
        migrated.AssertExit(0);
        await Skopeo.RunAsync("inspect", "--authfile", file, "--tls-verify=false", $"docker://{registry.Server.Host}/app:v1");

        (await registry.RunAsync(["logout", registry.Server.Host])).AssertExit(0);
        (await registry.MigrateAsync([])).AssertExit(3);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Skopeo.RunAsync("inspect", "--authfile", file, "--tls-verify=false", $"docker://{registry.Server.Host}/app:v1"));
        registry.AssertNoSecret();
    }

    [Fact]
    public async Task What_skopeo_keeps_is_found_by_this_program()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var file = registry.Given("auth.json");
        await Skopeo.RunAsync("login", "--authfile", file, "--tls-verify=false", "-u", ProtectedRegistry.User, "-p", ProtectedRegistry.Password, registry.Server.Host);
        var migrated = await registry.MigrateAsync(["--authfile", file]);
        migrated.AssertExit(0);
        (await registry.RunAsync(["logout", "--all", "--authfile", file])).AssertExit(0);
        (await registry.MigrateAsync(["--authfile", file])).AssertExit(3);
    }

    [Fact]
    public async Task A_wrong_password_is_not_kept()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var login = await registry.RunAsync(["login", registry.Server.Host, "-u", ProtectedRegistry.User, "--password-stdin"], "wrong-one\n");
        login.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", login.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", login.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(registry.Given("home/.config")));
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_the_password_must_be_on_standard_input()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var login = await registry.RunAsync(["login", registry.Server.Host, "-u", ProtectedRegistry.User], "");
        login.AssertExit(2);
        Assert.Contains("--password-stdin", login.Errors, StringComparison.Ordinal);
    }
}

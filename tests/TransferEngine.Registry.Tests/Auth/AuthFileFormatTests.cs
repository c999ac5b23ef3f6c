namespace TransferEngine.Registry.Tests.Auth;

/// <summary>What one file says.</summary>
public sealed class AuthFileFormatTests : IDisposable
{
    private readonly AuthFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"auth":"YWRtaW46YTpi"}""", "admin", "a:b", CredentialKind.Password)]
    [InlineData("""{"auth":"YWRtaW46YTpiAAA="}""", "admin", "a:b", CredentialKind.Password)]
    [InlineData("""{"username":"admin","password":"x","email":null,"unknown":[1]}""", "admin", "x", CredentialKind.Password)]
    [InlineData("""{"auth":"YWRtaW46YTpi","username":"other","password":"x"}""", "admin", "a:b", CredentialKind.Password)]
    [InlineData("""{"auth":"YWRtaW46","identitytoken":"id"}""", "admin", "id", CredentialKind.IdentityToken)]
    [InlineData("""{"registrytoken":"bearer"}""", "", "bearer", CredentialKind.RegistryToken)]
    internal async Task An_entry_is_a_password_or_a_token(string entry, string user, string secret, CredentialKind kind)
    {
        var file = _folder.Write("auth.json", $$"""{"auths":{"reg.example":{{entry}}},"HttpHeaders":{"User-Agent":"x"} }""");
        var found = await _folder.FindAsync("reg.example", authFile: file);
        Assert.Equal((user, secret, kind), (found!.Username, found.Secret, found.Kind));
        Assert.Equal("RegistryCredential (hidden)", found.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("""{"auths":{"reg.example":{}}}""")]
    [InlineData("""{"auths":{"reg.example":{"auth":""}}}""")]
    [InlineData("""{"auths":[]}""")]
    [InlineData("""{"auths":{"reg.example":"x"}}""")]
    public async Task A_file_without_an_entry_means_anonymous_access(string content) =>
        Assert.Null(await _folder.FindAsync("reg.example", authFile: _folder.Write("auth.json", content)));

    [Fact]
    public async Task The_null_device_holds_nothing() => Assert.Null(await _folder.FindAsync("reg.example", authFile: "/dev/null"));

    [Theory]
    [InlineData("reg.example:5000", "reg.example:5000")]
    [InlineData("https://reg.example:5000", "reg.example:5000")]
    [InlineData("http://REG.example:5000/v2/", "reg.example:5000")]
    [InlineData("reg.example:5000/v1/", "reg.example:5000")]
    [InlineData("https://index.docker.io/v1/", "docker.io")]
    [InlineData("https://index.docker.io/v1/", "registry-1.docker.io")]
    [InlineData("docker.io", "index.docker.io")]
    public async Task A_key_is_found_as_docker_writes_it(string key, string host) =>
        Assert.Equal("admin", await _folder.FindUserAsync(host, authFile: _folder.Write("auth.json", AuthFolder.Entry(key, "admin"))));

    [Theory]
    [InlineData("reg.example")]
    [InlineData("reg.example:5001")]
    [InlineData("sub.reg.example:5000")]
    public async Task Another_host_or_port_is_another_registry(string key) =>
        Assert.Null(await _folder.FindUserAsync("reg.example:5000", authFile: _folder.Write("auth.json", AuthFolder.Entry(key, "admin"))));

    [Fact]
    public async Task A_key_without_scheme_goes_before_the_same_one_as_a_URL()
    {
        var file = _folder.Write("auth.json", $$"""{"auths":{"reg.example":{{User("plain")}},"https://reg.example/v1/":{{User("url")}} } }""");
        Assert.Equal("plain", await _folder.FindUserAsync("reg.example", authFile: file));
    }

    [Theory]
    [InlineData(null, "host")]
    [InlineData("other/app", "host")]
    [InlineData("team", "team")]
    [InlineData("team/x", "team")]
    [InlineData("teams/x", "host")]
    [InlineData("team/app", "app")]
    [InlineData("team/app/deep", "app")]
    [InlineData("team/apps", "team")]
    public async Task The_longest_key_wins(string? repository, string user)
    {
        var file = _folder.Write("auth.json",
            $$"""{"auths":{"reg.example/team/app":{{User("app")}},"reg.example":{{User("host")}},"reg.example/team":{{User("team")}} } }""");
        Assert.Equal(user, await _folder.FindUserAsync("reg.example", repository, file));
    }

    [Fact]
    public async Task Where_only_namespaces_have_credentials_one_of_them_serves_for_the_host()
    {
        var file = _folder.Write("auth.json", AuthFolder.Entry("reg.example/team", "team"));
        Assert.Equal("team", await _folder.FindUserAsync("reg.example", authFile: file));
        Assert.Null(await _folder.FindUserAsync("reg.example", "other/app", file));
        Assert.Null(await _folder.FindUserAsync("reg.example.org", authFile: file));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("s3cret")]
    public async Task A_broken_file_is_an_error_that_names_it_and_repeats_nothing(string content)
    {
        var file = _folder.Write("auth.json", content);
        var error = await _folder.RefusedAsync(authFile: file);
        Assert.Equal(file, error.Path);
        Assert.Contains(file, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_entry_is_an_error_for_its_own_registry_alone()
    {
        var file = _folder.Write("auth.json", $$"""{"auths":{"reg.example":{"auth":"not base64: s3cret"},"good.example":{{User("good")}} } }""");
        Assert.Contains("reg.example", (await _folder.RefusedAsync(authFile: file)).Message, StringComparison.Ordinal);
        Assert.Equal("good", await _folder.FindUserAsync("good.example", authFile: file));
    }

    [Fact]
    public async Task A_file_beyond_all_measure_is_refused()
    {
        var file = _folder.Write("auth.json", "{\"auths\":{}," + new string(' ', 1024 * 1024) + "}");
        Assert.Contains("1 MiB", (await _folder.RefusedAsync(authFile: file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_in_the_search_is_told_rather_than_passed_over()
    {
        var file = _folder.Write("home/.docker/config.json", "{");
        Assert.Equal(file, (await _folder.RefusedAsync()).Path);
    }

    private static string User(string name) => $$"""{"auth":"{{AuthFolder.Basic(name, "s3cret")}}"}""";
}

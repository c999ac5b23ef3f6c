using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine.Registry.Tests.Auth;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AuthFileStoreTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly AuthFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("home/.config/containers/auth.json")]
    [InlineData("config/containers/auth.json", "XDG_CONFIG_HOME", "config")]
    [InlineData("run/containers/auth.json", "XDG_RUNTIME_DIR", "run")]
    [InlineData("named.json", "REGISTRY_AUTH_FILE", "named.json")]
    public async Task A_login_goes_where_the_search_finds_it_and_only_the_owner_may_read_it(string file, string? variable = null, string? value = null)
    {
        if (variable is not null)
            _folder.Environment[variable] = _folder.Of(value!);
        Assert.Equal(_folder.Of(file), await StoreAsync("reg.example:5000", "mover"));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder.Of(file)));
        Assert.Equal("mover", await _folder.FindUserAsync("reg.example:5000"));
    }

    [Fact]
    public async Task What_else_a_file_holds_stays()
    {
        var file = _folder.Write("auth.json", $$"""{"HttpHeaders":{"X":"1.50"},"auths":{"other.example":{"auth":"eDp5","email":"a@b"} },"number":1.0}""");
        File.SetUnixFileMode(file, OwnerOnly | UnixFileMode.OtherRead);
        await StoreAsync("reg.example", "mover", file);
        var root = JsonNode.Parse(File.ReadAllText(file))!;
        Assert.Equal(("1.50", "a@b", "1.0"), (root["HttpHeaders"]!["X"]!.ToString(), root["auths"]!["other.example"]!["email"]!.ToString(), root["number"]!.ToJsonString()));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        Assert.Equal([file], Directory.GetFiles(_folder.Of(), "*.json*"));
    }

    [Fact]
    public async Task A_second_login_replaces_the_first_under_the_key_that_is_there()
    {
        var file = _folder.Write("auth.json", AuthFolder.Entry("https://reg.example/v1/", "old"));
        await StoreAsync("reg.example", "new", file);
        Assert.Equal("https://reg.example/v1/", Assert.Single(Entries(file)).Key);
        Assert.Equal("new", await _folder.FindUserAsync("reg.example", authFile: file));
    }

    [Theory]
    [InlineData("auth.json", "docker.io", "docker.io")]
    [InlineData("config.json", "docker.io", "https://index.docker.io/v1/")]
    [InlineData("config.json", "https://reg.example/v2/", "reg.example")]
    [InlineData("auth.json", "docker://reg.example/team", "reg.example/team")]
    public async Task The_key_is_the_one_that_the_file_s_own_tools_use(string name, string registry, string key)
    {
        await StoreAsync(registry, "mover", _folder.Of(name));
        Assert.Equal(key, Assert.Single(Entries(_folder.Of(name))).Key);
    }

    [Theory]
    [InlineData("docker.io")]
    [InlineData("https://index.docker.io/v1/")]
    public void The_hub_is_checked_at_the_host_that_serves_it(string registry) =>
        Assert.Equal("registry-1.docker.io", RegistryAccount.Parse(registry).Endpoint.ApiHost);

    [Fact]
    public async Task A_login_goes_to_the_helper_that_the_file_names()
    {
        _folder.WriteHelper("fake", $$"""echo "$1 $input" >> {{_folder.Of("asked")}}""");
        const string Content = """{"credsStore":"fake"}""";
        var file = _folder.Write("auth.json", Content);
        Assert.Equal("docker-credential-fake", await StoreAsync("reg.example", "mover", file));
        Assert.Equal("""store {"ServerURL":"reg.example","Username":"mover","Secret":"s3cret"}""", File.ReadAllText(_folder.Of("asked")).Trim());
        Assert.Equal(Content, File.ReadAllText(file));
        Assert.True(await EraseAsync("reg.example", file));
        Assert.EndsWith("erase reg.example\n", File.ReadAllText(_folder.Of("asked")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_logout_removes_one_registry_however_it_is_written()
    {
        var file = _folder.Write("auth.json", """{"auths":{"reg.example":{},"https://reg.example/v1/":{},"reg.example/team":{},"reg.example:5000":{} } }""");
        Assert.True(await EraseAsync("reg.example", file));
        Assert.Equal(["reg.example/team", "reg.example:5000"], Entries(file).Select(entry => entry.Key));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        Assert.False(await EraseAsync("reg.example", file));
    }

    [Fact]
    public async Task A_logout_from_all_leaves_only_what_is_no_login()
    {
        _folder.WriteHelper("fake", $$"""echo "$1 $input" >> {{_folder.Of("asked")}}""");
        var file = _folder.Write("auth.json", """{"auths":{"a.example":{"auth":"eDp5"},"b.example/team":{} },"credHelpers":{"c.example":"fake"},"x":1}""");
        Assert.Equal(3, await _folder.Files.OpenStore(file).EraseAllAsync(CancellationToken.None));
        Assert.Empty(Entries(file));
        Assert.Equal("erase c.example\n", File.ReadAllText(_folder.Of("asked")));
        Assert.Equal(1, JsonNode.Parse(File.ReadAllText(file))!["x"]!.GetValue<int>());
    }

    [Fact]
    public async Task Where_nobody_logged_in_a_logout_writes_nothing()
    {
        Assert.False(await EraseAsync("reg.example", _folder.Of("auth.json")));
        Assert.Equal(0, await _folder.Files.OpenStore(_folder.Of("auth.json")).EraseAllAsync(CancellationToken.None));
        Assert.False(File.Exists(_folder.Of("auth.json")));
    }

    [Fact]
    public async Task A_symbolic_link_stays_one()
    {
        var file = _folder.Write("real/auth.json", "{}");
        File.CreateSymbolicLink(_folder.Of("auth.json"), file);
        await StoreAsync("reg.example", "mover", _folder.Of("auth.json"));
        Assert.Equal(file, File.ResolveLinkTarget(_folder.Of("auth.json"), returnFinalTarget: true)!.FullName);
        Assert.Equal("mover", await _folder.FindUserAsync("reg.example", authFile: file));
    }

    [Theory]
    [InlineData("{\"auths\":")]
    [InlineData("[]")]
    [InlineData("{\"auths\":{},\"auths\":{}}")]
    public async Task A_broken_file_is_left_alone(string content)
    {
        var file = _folder.Write("auth.json", content);
        var failure = await Assert.ThrowsAsync<TransferException>(() => StoreAsync("reg.example", "mover", file));
        Assert.Equal((ErrorCode.CredentialsUnusable, file), (failure.Error.Code, failure.Error.Path));
        Assert.Equal(content, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/proc/auth.json")]
    public async Task What_can_not_be_written_is_told(string file)
    {
        var failure = await Assert.ThrowsAsync<TransferException>(() => StoreAsync("reg.example", "mover", file));
        Assert.Equal((ErrorCode.CredentialsUnusable, file), (failure.Error.Code, failure.Error.Path));
        Assert.DoesNotContain("s3cret", failure.ToString(), StringComparison.Ordinal);
    }

    private Task<string> StoreAsync(string registry, string user, string? file = null) =>
        _folder.Files.OpenStore(file).StoreAsync(RegistryAccount.Parse(registry), user, "s3cret", CancellationToken.None);

    private Task<bool> EraseAsync(string registry, string file) => _folder.Files.OpenStore(file).EraseAsync(RegistryAccount.Parse(registry), CancellationToken.None);

    private static JsonObject Entries(string file) => JsonNode.Parse(File.ReadAllText(file))!["auths"]!.AsObject();
}

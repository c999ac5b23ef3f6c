namespace TransferEngine.Registry.Tests.Auth;

/// <summary>Which file is looked into.</summary>
public sealed class AuthFileSearchTests : IDisposable
{
    private const string Host = "reg.example:5000";

    // In the order of the search; each file holds a user named after it.
    private static readonly string[] Order = ["explicit", "variable", "runtime", "configuration", "home configuration", "docker configuration", "docker", "legacy"];

    private readonly AuthFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("explicit")]
    [InlineData("variable")]
    [InlineData("runtime")]
    [InlineData("configuration")]
    [InlineData("home configuration")]
    [InlineData("docker configuration")]
    [InlineData("docker")]
    [InlineData("legacy")]
    public async Task Each_place_is_found_and_goes_before_all_that_follow(string place)
    {
        var later = Order.SkipWhile(one => one != place).ToList();
        // The variables replace the folders in the home, so that these can't stand behind them.
        if (place == "configuration")
            later.Remove("home configuration");
        var authFile = later.Select(Place).ToList()[0];
        Assert.Equal(place, await _folder.FindUserAsync(Host, authFile: place == "explicit" ? authFile : null));
    }

    [Theory]
    [InlineData("XDG_CONFIG_HOME", "elsewhere", "home configuration")]
    [InlineData("DOCKER_CONFIG", "elsewhere", "docker")]
    public async Task A_variable_that_moves_a_folder_leaves_nothing_where_it_was(string variable, string folder, string place)
    {
        Place(place);
        _folder.Environment[variable] = _folder.Of(folder);
        Assert.Null(await _folder.FindUserAsync(Host));
    }

    [Fact]
    public async Task A_file_that_knows_the_host_not_is_passed_over()
    {
        _folder.Environment["XDG_RUNTIME_DIR"] = _folder.Of("run");
        _folder.Write("run/containers/auth.json", AuthFolder.Entry("other.example", "other"));
        Place("docker");
        Assert.Equal("docker", await _folder.FindUserAsync(Host));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_was_named_is_the_only_one(bool byFlag)
    {
        Place("docker");
        var named = _folder.Write("named.json", AuthFolder.Entry("other.example", "other"));
        if (!byFlag)
            _folder.Environment["REGISTRY_AUTH_FILE"] = named;
        Assert.Null(await _folder.FindUserAsync(Host, authFile: byFlag ? named : null));
    }

    [Fact]
    public async Task A_file_that_was_named_and_is_not_there_is_an_error_that_names_it()
    {
        var error = await _folder.RefusedAsync(authFile: _folder.Of("nowhere.json"));
        Assert.Equal(_folder.Of("nowhere.json"), error.Path);
    }

    [Fact]
    public async Task Without_any_file_access_is_anonymous() => Assert.Null(await _folder.FindAsync(Host));

    [Fact]
    public async Task Podman_s_file_for_users_without_a_runtime_folder_takes_that_folder_s_place()
    {
        Place("docker");
        var files = new AuthFiles(_folder.Environment.GetValueOrDefault, _folder.Time, _folder.Of("containers/0"));
        Assert.Equal(_folder.Of("home/.config/containers/auth.json"), files.OpenStore().Path);

        var podmans = _folder.Write("containers/0/auth.json", AuthFolder.Entry(Host, "podman"));
        Assert.Equal("podman", (await files.Search().FindAsync(Host, null, CancellationToken.None))!.Username);
        Assert.Equal(podmans, files.OpenStore().Path);
        _folder.Environment["XDG_RUNTIME_DIR"] = _folder.Of("run");
        Assert.Equal("docker", (await files.Search().FindAsync(Host, null, CancellationToken.None))!.Username);
    }

    [Fact]
    public async Task A_file_is_read_again_after_some_minutes()
    {
        Place("docker");
        var source = _folder.Files.Search();
        Assert.Equal("docker", (await source.FindAsync(Host, null, CancellationToken.None))!.Username);
        _folder.Write("home/.docker/config.json", AuthFolder.Entry(Host, "renewed"));
        Assert.Equal("docker", (await source.FindAsync(Host, null, CancellationToken.None))!.Username);
        _folder.Time.Now += TimeSpan.FromMinutes(6);
        Assert.Equal("renewed", (await source.FindAsync(Host, null, CancellationToken.None))!.Username);
    }

    [Theory]
    [InlineData("reg.example", "reg.example.org/team")]
    [InlineData("reg.example", "reg.example:5000/team")]
    [InlineData("reg.example:500", "reg.example:5000/team")]
    public async Task What_a_namespace_of_another_host_has_is_not_taken_though_its_name_begins_alike(string host, string key)
    {
        _folder.Write("home/.docker/config.json", AuthFolder.Entry(key, "other"));
        Assert.Null(await _folder.FindUserAsync(host));
        Assert.Equal("other", await _folder.FindUserAsync(key.Split('/')[0]));
    }

    private string Place(string place)
    {
        switch (place)
        {
            case "variable":
                return _folder.Environment["REGISTRY_AUTH_FILE"] = _folder.Write("variable.json", AuthFolder.Entry(Host, place));
            case "runtime":
                _folder.Environment["XDG_RUNTIME_DIR"] = _folder.Of("run");
                return _folder.Write("run/containers/auth.json", AuthFolder.Entry(Host, place));
            case "configuration":
                _folder.Environment["XDG_CONFIG_HOME"] = _folder.Of("config");
                return _folder.Write("config/containers/auth.json", AuthFolder.Entry(Host, place));
            case "docker configuration":
                _folder.Environment["DOCKER_CONFIG"] = _folder.Of("docker");
                return _folder.Write("docker/config.json", AuthFolder.Entry(Host, place));
            case "legacy":
                return _folder.Write("home/.dockercfg", $$$"""{"https://{{{Host}}}/v1/":{"auth":"{{{AuthFolder.Basic(place, "s3cret")}}}","email":"a@b"}}""");
            default:
                var name = place switch { "explicit" => "explicit.json", "docker" => "home/.docker/config.json", _ => "home/.config/containers/auth.json" };
                return _folder.Write(name, AuthFolder.Entry(Host, place));
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using TransferEngine.Images;

namespace TransferEngine.Registry.Tests.Auth;

public sealed class CredentialHelperTests : IDisposable
{
    private readonly AuthFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"credsStore":"fake"}""", "reg.example:5000", "reg.example:5000")]
    [InlineData("""{"credHelpers":{"reg.example":"fake"}}""", "reg.example", "reg.example")]
    [InlineData("""{"credHelpers":{"https://reg.example":"fake"}}""", "reg.example", "reg.example")]
    [InlineData("""{"credsStore":"fake"}""", "docker.io", "https://index.docker.io/v1/")]
    [InlineData("""{"credHelpers":{"docker.io":"fake"}}""", "registry-1.docker.io", "https://index.docker.io/v1/")]
    public async Task A_helper_is_asked_for_the_server_as_docker_names_it(string file, string host, string server)
    {
        _folder.WriteHelper("fake", $$"""[ "$1" = get ] && echo "$input" > {{_folder.Of("asked")}}; echo '{"ServerURL":"x","Username":"helped","Secret":"s3cret"}'""");
        var found = await _folder.FindAsync(host, authFile: _folder.Write("auth.json", file));
        Assert.Equal(("helped", "s3cret", CredentialKind.Password), (found!.Username, found.Secret, found.Kind));
        Assert.Equal(server, File.ReadAllText(_folder.Of("asked")).Trim());
    }

    [Fact]
    public async Task The_user_name_token_in_brackets_means_an_identity_token()
    {
        _folder.WriteHelper("fake", """echo '{"Username":"<token>","Secret":"identity"}'""");
        var found = await _folder.FindAsync("reg.example", authFile: _folder.Write("auth.json", """{"credsStore":"fake"}"""));
        Assert.Equal(("identity", CredentialKind.IdentityToken), (found!.Secret, found.Kind));
    }

    [Theory]
    [InlineData("""{"credsStore":"store","auths":{"reg.example":ENTRY}}""", "store")]
    [InlineData("""{"credHelpers":{"reg.example":"own"},"credsStore":"store","auths":{"reg.example":ENTRY}}""", "own")]
    [InlineData("""{"credHelpers":{"reg.example/team":"own"},"credsStore":"store","auths":{"reg.example":ENTRY}}""", "own")]
    [InlineData("""{"credHelpers":{"reg.example":"own"},"credsStore":"store","auths":{"reg.example/team":ENTRY}}""", "own")]
    [InlineData("""{"credHelpers":{"reg.example":"empty"},"auths":{"reg.example/team":ENTRY}}""", "file")]
    [InlineData("""{"credsStore":"store","auths":{"reg.example/team":ENTRY}}""", "file")]
    [InlineData("""{"credHelpers":{"reg.example":""},"credsStore":"store","auths":{"reg.example":ENTRY}}""", "file")]
    [InlineData("""{"credsStore":"empty","auths":{"reg.example":ENTRY}}""", "file")]
    [InlineData("""{"credsStore":"not-installed","auths":{"reg.example":ENTRY}}""", "file")]
    public async Task A_registry_s_helper_goes_before_the_file_and_the_store_before_an_entry_for_the_host(string file, string user)
    {
        _folder.WriteHelper("store", """echo '{"Username":"store","Secret":"x"}'""");
        _folder.WriteHelper("own", """echo '{"Username":"own","Secret":"x"}'""");
        _folder.WriteHelper("empty", "echo 'credentials not found in native keychain'; exit 1");
        var written = _folder.Write("auth.json", file.Replace("ENTRY", $$"""{"auth":"{{AuthFolder.Basic("file", "s3cret")}}"}""", StringComparison.Ordinal));
        Assert.Equal(user, await _folder.FindUserAsync("reg.example", "team/app", written));
    }

    [Fact]
    public async Task A_helper_that_knows_nothing_leaves_the_word_to_the_next_file()
    {
        _folder.WriteHelper("empty", "echo 'credentials not found in native keychain'; exit 1");
        _folder.Write("home/.config/containers/auth.json", """{"credsStore":"empty"}""");
        _folder.Write("home/.docker/config.json", AuthFolder.Entry("reg.example", "docker"));
        Assert.Equal("docker", await _folder.FindUserAsync("reg.example"));
    }

    [Fact]
    public async Task A_helper_is_run_once_for_all_repositories_and_again_after_some_minutes()
    {
        _folder.WriteHelper("fake", $$"""echo run >> {{_folder.Of("runs")}}; echo '{"Username":"helped","Secret":"x"}'""");
        var source = _folder.Files.Search(_folder.Write("auth.json", """{"credsStore":"fake"}"""));
        foreach (var repository in new[] { "a", "b", "c" })
            await source.FindAsync("reg.example", RepositoryName.Parse(repository), CancellationToken.None);
        Assert.Single(File.ReadAllLines(_folder.Of("runs")));
        _folder.Time.Now += TimeSpan.FromMinutes(6);
        await source.FindAsync("reg.example", RepositoryName.Parse("a"), CancellationToken.None);
        Assert.Equal(2, File.ReadAllLines(_folder.Of("runs")).Length);
    }

    [Theory]
    [InlineData("not-installed", "not found on PATH")]
    [InlineData("../x", "is no name of a credential helper")]
    [InlineData("failing", "get failed with exit code 3")]
    [InlineData("babbling", "holds no credentials")]
    [InlineData("odd", "holds no credentials")]
    [InlineData("endless", "more than 64 KiB")]
    public async Task A_helper_that_fails_is_an_error_that_repeats_nothing_of_it(string name, string expected)
    {
        _folder.WriteHelper("failing", "echo s3cret; echo s3cret >&2; exit 3");
        _folder.WriteHelper("babbling", "echo '{\"Username\":\"s3cret'");
        _folder.WriteHelper("odd", """echo '["s3cret"]'""");
        _folder.WriteHelper("endless", "while :; do echo s3cret; done");
        var error = await _folder.RefusedAsync(authFile: _folder.Write("auth.json", $$"""{"credsStore":"{{name}}"}"""));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_a_helper_leaves_behind_is_not_waited_for()
    {
        _folder.WriteHelper("fake", $$"""(exec /bin/sleep 600 > /dev/null) & echo $! > {{_folder.Of("pid")}}; echo '{"Username":"helped","Secret":"x"}'""");
        Assert.Equal("helped", await _folder.FindUserAsync("reg.example", authFile: _folder.Write("auth.json", """{"credsStore":"fake"}""")));
        using var daemon = Process.GetProcessById(ReadPid());
        Assert.False(daemon.HasExited);
        daemon.Kill();
    }

    [Fact]
    public async Task A_program_in_the_working_folder_is_no_helper()
    {
        _folder.WriteHelper("fake", """echo '{"Username":"helped","Secret":"x"}'""");
        _folder.Environment["PATH"] = ":.";
        Assert.Contains("not found on PATH", (await _folder.RefusedAsync(authFile: _folder.Write("auth.json", """{"credsStore":"fake"}"""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_does_not_answer_is_ended()
    {
        _folder.WriteHelper("hanging", $"echo $$ > {_folder.Of("pid")}; exec /bin/sleep 1000");
        var time = new ImpatientTime(_folder.Of("pid"));
        var files = new AuthFiles(_folder.Environment.GetValueOrDefault, time);
        var source = files.Search(_folder.Write("auth.json", """{"credsStore":"hanging"}"""));
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await source.FindAsync("reg.example", null, CancellationToken.None));
        Assert.Contains("does not answer", failure.Error.Message, StringComparison.Ordinal);
        Assert.True(HasEnded(ReadPid()));
    }

    private int ReadPid() => int.Parse(File.ReadAllText(_folder.Of("pid")), CultureInfo.InvariantCulture);

    private static bool HasEnded(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.WaitForExit(TimeSpan.FromMinutes(2));
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    /// <summary>A clock whose timers ring as soon as the helper has said who it is.</summary>
    private sealed class ImpatientTime(string pidFile) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            TimeProvider.System.CreateTimer(_ =>
            {
                if (File.Exists(pidFile) && new FileInfo(pidFile).Length > 0)
                    callback(state);
            }, null, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20));
    }
}

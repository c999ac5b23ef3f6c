using System.Text;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>
/// A storage tree and a registry that lets in one user. What the tests write for the program to find (auth files, password files, helpers)
/// is kept apart from what the program writes, in which no secret may be found.
/// </summary>
internal sealed class ProtectedRegistry : IAsyncDisposable
{
    public const string User = "mover";
    public const string Password = "carry-on";

    // The user "mover" with the password "carry-on", as bcrypt.
    private const string Htpasswd = "mover:$2y$05$M1O8Mvd67U7LzRRd66kgjuh6T4yDRSfij2lOGoVpGY4sCEChlWdXq\n";

    private readonly TemporaryFolder _given = new();
    private readonly TemporaryFolder _written = new();
    private readonly StringBuilder _said = new();
    private int _exitCode;

    private ProtectedRegistry()
    {
        Environment["HOME"] = Given("home");
        Environment["PATH"] = $"{Given("bin")}:{System.Environment.GetEnvironmentVariable("PATH")}";
        foreach (var variable in new[] { "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE" })
            Environment[variable] = "";
    }

    public DockerRegistry Server { get; private set; } = null!;

    /// <summary>The program's environment, beside what the tests run in.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public string Source => _written.Of("source");

    public static string Basic { get; } = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    public static async Task<ProtectedRegistry> StartAsync(Func<ProtectedRegistry, DockerRegistryOptions>? options = null)
    {
        var registry = new ProtectedRegistry();
        new StorageTreeBuilder(registry.Source).AddImage("app", "v1", "base");
        var htpasswd = registry.Give("htpasswd", Htpasswd);
        registry.Server = await DockerRegistry.StartAsync(registry._written.Of("target"), (options?.Invoke(registry) ?? new DockerRegistryOptions()) with { HtpasswdFile = htpasswd });
        return registry;
    }

    public string Given(string name) => _given.Of(name);

    public string Give(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Given(name))!);
        File.WriteAllText(Given(name), content);
        return Given(name);
    }

    /// <summary>An auth file with the right credentials for this registry.</summary>
    public string GiveAuthFile(string name, string? key = null) => Give(name, $$"""{"auths":{"{{key ?? Server.Host}}":{"auth":"{{Basic}}"} } }""");

    /// <summary>Runs the program and remembers all that it says.</summary>
    public async Task<ProgramResult> RunAsync(string[] arguments, string? input = null)
    {
        await using var program = TransferProgram.Start(arguments, environment: Environment, input: input);
        var result = await program.EndAsync();
        _said.Append(result);
        _exitCode = result.ExitCode;
        return result;
    }

    /// <summary>Migrates with a report and a journal, which <see cref="AssertNoSecret"/> looks through.</summary>
    public Task<ProgramResult> MigrateAsync(string[] options, string? input = null, string? host = null, string? source = null) => RunAsync(
        ["migrate", source ?? Source, $"docker://{host ?? Server.Host}", "--state-dir", _written.Of("state"), "--report", _written.Of("report.json"), "--verbose", .. options], input);

    /// <summary>Looks for the password in everything that the program said and wrote, journal and report among it.</summary>
    public void AssertNoSecret(params ReadOnlySpan<string> others)
    {
        var written = Directory.EnumerateFiles(_written.Path, "*", SearchOption.AllDirectories).ToList();
        var texts = written.Select(path => (path, Encoding.Latin1.GetString(File.ReadAllBytes(path)))).Append(("output", _said.ToString())).ToList();
        Assert.True(_exitCode != 0 || written.Exists(path => path.Contains("/state/", StringComparison.Ordinal)), "There is no journal to look through.");
        Assert.Contains(_written.Of("report.json"), written);
        foreach (var secret in (string[])[Password, Basic, .. others])
            Assert.All(texts, text => Assert.False(text.Item2.Contains(secret, StringComparison.Ordinal), $"{text.Item1} holds a secret"));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _given.Dispose();
        _written.Dispose();
    }
}

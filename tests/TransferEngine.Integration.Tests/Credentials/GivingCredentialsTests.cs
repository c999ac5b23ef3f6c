using TransferEngine.Integration.Tests.Support;
using Xunit;

namespace TransferEngine.Integration.Tests.Credentials;

/// <summary>The program against a registry with htpasswd, let in by each way of giving credentials.</summary>
public sealed class GivingCredentialsTests
{
    public static TheoryData<string> Ways =>
    [
        "--dest-creds", "--dest-password-file", "--dest-password-stdin", "--authfile", "--dest-authfile", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME", "~/.config", "DOCKER_CONFIG", "~/.docker", "~/.dockercfg", "credHelpers", "credsStore", "namespace",
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_way_lets_the_program_in_and_leaves_no_secret_anywhere(string way)
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var (options, input) = Give(registry, way);
        var result = await registry.MigrateAsync(options, input);
        result.AssertExit(0);
        Assert.Contains(registry.Server.Requests, request => request is { Method: "PUT", IsManifest: true, Status: 201 });
        registry.AssertNoSecret();
    }

    [Fact]
    public async Task Without_any_the_registry_is_not_entered_and_the_user_learns_what_to_do()
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var result = await registry.MigrateAsync([]);
        result.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", result.Errors, StringComparison.Ordinal);
        Assert.Contains($"transfer login {registry.Server.Host}", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--dest-no-creds")]
    [InlineData("--dest-creds", "mover:wrong")]
    [InlineData("--dest-registry-token", "carry-on")]
    public async Task A_flag_goes_before_an_auth_file_that_would_do(params string[] options)
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        registry.GiveAuthFile("home/.docker/config.json");
        var result = await registry.MigrateAsync(options);
        result.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", result.Errors, StringComparison.Ordinal);
        registry.AssertNoSecret();
    }

    [Theory]
    [InlineData("broken")]
    [InlineData("helper")]
    public async Task What_can_not_be_used_is_told_by_name_and_without_its_content(string what)
    {
        await using var registry = await ProtectedRegistry.StartAsync();
        var file = registry.Give("home/.docker/config.json", what == "broken" ? $$"""{"auths":"{{ProtectedRegistry.Password}}" """ : """{"credsStore":"failing"}""");
        GiveHelper(registry, "failing", $"echo {ProtectedRegistry.Password}; echo {ProtectedRegistry.Password} >&2; exit 1");
        var result = await registry.MigrateAsync([]);
        result.AssertExit(3);
        Assert.StartsWith("transfer: CREDENTIALS_UNUSABLE: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(what == "broken" ? file : "docker-credential-failing", result.Errors, StringComparison.Ordinal);
        registry.AssertNoSecret();
    }

    private static (string[] Options, string? Input) Give(ProtectedRegistry registry, string way)
    {
        switch (way)
        {
            case "--dest-creds":
                return ([way, $"{ProtectedRegistry.User}:{ProtectedRegistry.Password}"], null);
            case "--dest-password-file":
                return (["--dest-username", ProtectedRegistry.User, way, registry.Give("password", ProtectedRegistry.Password + "\n")], null);
            case "--dest-password-stdin":
                return (["--dest-username", ProtectedRegistry.User, way], ProtectedRegistry.Password + "\n");
            case "--authfile" or "--dest-authfile":
                return ([way, registry.GiveAuthFile("auth.json")], null);
            case "credHelpers" or "credsStore":
                registry.Give("home/.docker/config.json", way == "credsStore" ? """{"credsStore":"fake"}""" : $$"""{"credHelpers":{"{{registry.Server.Host}}":"fake"} }""");
                GiveHelper(registry, "fake", $$"""[ "$1 $(cat)" = "get {{registry.Server.Host}}" ] && echo '{"Username":"{{ProtectedRegistry.User}}","Secret":"{{ProtectedRegistry.Password}}"}'""");
                return ([], null);
            case "namespace":
                registry.GiveAuthFile("home/.docker/config.json", $"{registry.Server.Host}/app");
                return ([], null);
            default:
                GivePlace(registry, way);
                return ([], null);
        }
    }

    private static void GivePlace(ProtectedRegistry registry, string way)
    {
        if (way == "~/.dockercfg")
        {
            registry.Give("home/.dockercfg", $$"""{"https://{{registry.Server.Host}}/v1/":{"auth":"{{ProtectedRegistry.Basic}}"} }""");
            return;
        }
        var (file, value) = way switch
        {
            "REGISTRY_AUTH_FILE" => ("named.json", "named.json"),
            "XDG_RUNTIME_DIR" => ("run/containers/auth.json", "run"),
            "XDG_CONFIG_HOME" => ("config/containers/auth.json", "config"),
            "DOCKER_CONFIG" => ("docker/config.json", "docker"),
            "~/.config" => ("home/.config/containers/auth.json", null),
            _ => ("home/.docker/config.json", (string?)null),
        };
        registry.GiveAuthFile(file);
        if (value is not null)
            registry.Environment[way] = registry.Given(value);
    }

    private static void GiveHelper(ProtectedRegistry registry, string name, string script) =>
        File.SetUnixFileMode(registry.Give($"bin/docker-credential-{name}", $"#!/bin/sh\n{script}\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}

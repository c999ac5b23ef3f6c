using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>What login and logout are about.</summary>
internal static class RegistryArgument
{
    public static Argument<string> Create() => new("REGISTRY")
    {
        Description = "host[:port], or host[:port]/namespace for credentials that hold for a namespace alone.",
    };

    public static Option<string?> AuthFileOption() => OptionFactory.Value<string?>(
        "--authfile", "FILE", "Auth file to change.", "$REGISTRY_AUTH_FILE, else containers/auth.json in $XDG_RUNTIME_DIR, $XDG_CONFIG_HOME or ~/.config");
}

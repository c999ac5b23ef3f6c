namespace TransferEngine.Registry;

/// <summary>A file that may hold credentials.</summary>
/// <param name="Path">As the user would find it.</param>
/// <param name="IsRequired">It was named by the user: it must be there.</param>
internal sealed record AuthFileLocation(string Path, bool IsRequired)
{
    /// <summary>Docker's first format: the hosts stand at the top, with nothing around them.</summary>
    public bool IsLegacy => System.IO.Path.GetFileName(Path) == ".dockercfg";

    /// <summary>Docker's own file, in which the hub has docker's name.</summary>
    public bool IsDockers => System.IO.Path.GetFileName(Path) == "config.json";

    /// <summary>Where credentials are looked for, in this order.</summary>
    public static IReadOnlyList<AuthFileLocation> Search(Func<string, string?> environment, string? authFile)
    {
        if (Named(environment, authFile) is { } named)
            return [named];
        var places = new List<string>();
        if (Value(environment, "XDG_RUNTIME_DIR") is { } runtime)
            places.Add(System.IO.Path.Join(runtime, "containers", "auth.json"));
        places.Add(InConfiguration(environment));
        places.Add(System.IO.Path.Join(Value(environment, "DOCKER_CONFIG") ?? System.IO.Path.Join(Home(environment), ".docker"), "config.json"));
        places.Add(System.IO.Path.Join(Home(environment), ".dockercfg"));
        return [.. places.Select(path => new AuthFileLocation(path, IsRequired: false))];
    }

    /// <summary>The file that a login goes into: the one named, else the first of the search that can be written for this user.</summary>
    public static AuthFileLocation ForLogin(Func<string, string?> environment, string? authFile) =>
        Named(environment, authFile) ?? Search(environment, null)[0];

    private static AuthFileLocation? Named(Func<string, string?> environment, string? authFile) =>
        (authFile ?? Value(environment, "REGISTRY_AUTH_FILE")) is { } path ? new AuthFileLocation(path, IsRequired: true) : null;

    private static string InConfiguration(Func<string, string?> environment) =>
        System.IO.Path.Join(Value(environment, "XDG_CONFIG_HOME") ?? System.IO.Path.Join(Home(environment), ".config"), "containers", "auth.json");

    private static string Home(Func<string, string?> environment) =>
        Value(environment, "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string? Value(Func<string, string?> environment, string name) => environment(name) is { Length: > 0 } value ? value : null;
}

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
    /// <param name="environment">Gives environment variables.</param>
    /// <param name="authFile">The file that the user names; null for the search.</param>
    /// <param name="podmanFolder">Podman's folder for a user without <c>XDG_RUNTIME_DIR</c>; it counts only if there is a file in it.</param>
    public static IReadOnlyList<AuthFileLocation> Search(Func<string, string?> environment, string? authFile, string? podmanFolder)
    {
        if (Named(environment, authFile) is { } named)
            return [named];
        var places = new List<string>();
        if (Value(environment, "XDG_RUNTIME_DIR") is { } runtime)
            places.Add(System.IO.Path.Join(runtime, "containers", "auth.json"));
        else if (podmanFolder is not null && System.IO.Path.Join(podmanFolder, "auth.json") is var file && File.Exists(file))
            places.Add(file);
        places.Add(InConfiguration(environment));
        places.Add(System.IO.Path.Join(Value(environment, "DOCKER_CONFIG") ?? System.IO.Path.Join(Home(environment), ".docker"), "config.json"));
        places.Add(System.IO.Path.Join(Home(environment), ".dockercfg"));
        return [.. places.Select(path => new AuthFileLocation(path, IsRequired: false))];
    }

    /// <summary>The folder of <c>podman login</c> for users who have no <c>XDG_RUNTIME_DIR</c>, as root under sudo (containers-auth.json(5)).</summary>
    public static string? PodmanFolder()
    {
        const string Status = "/proc/self/status";
        if (!OperatingSystem.IsLinux() || !File.Exists(Status))
            return null;
        var ids = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t');
        return ids is [_, var user, ..] ? $"/run/containers/{user}" : null;
    }

    private static AuthFileLocation? Named(Func<string, string?> environment, string? authFile) =>
        (authFile ?? Value(environment, "REGISTRY_AUTH_FILE")) is { } path ? new AuthFileLocation(path, IsRequired: true) : null;

    private static string InConfiguration(Func<string, string?> environment) =>
        System.IO.Path.Join(Value(environment, "XDG_CONFIG_HOME") ?? System.IO.Path.Join(Home(environment), ".config"), "containers", "auth.json");

    private static string Home(Func<string, string?> environment) =>
        Value(environment, "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string? Value(Func<string, string?> environment, string name) => environment(name) is { Length: > 0 } value ? value : null;
}

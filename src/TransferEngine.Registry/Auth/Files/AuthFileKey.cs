using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>The keys of auth files: <c>host[:port][/namespace[/repository]]</c> (containers-auth.json(5)), or docker's URLs.</summary>
internal static class AuthFileKey
{
    public const string DockerHub = "docker.io";

    /// <summary>What docker calls its hub in files and towards helpers.</summary>
    public const string DockerHubServer = "https://index.docker.io/v1/";

    /// <summary>The key without what docker adds: a scheme, <c>/v1/</c> or <c>/v2/</c>, and the hub's other names.</summary>
    public static string Normalize(string key)
    {
        var bare = WithoutScheme(key.Trim());
        var slash = bare.IndexOf('/', StringComparison.Ordinal);
        var host = CanonicalHost(slash < 0 ? bare : bare[..slash]);
        var path = slash < 0 ? "" : bare[(slash + 1)..].TrimEnd('/');
        // A key that is a URL means its host, as docker reads it.
        return path.Length == 0 || bare.Length != key.Trim().Length || path is "v1" or "v2" ? host : $"{host}/{path}";
    }

    /// <summary>The keys that hold for a repository, the longest first; for null the host alone.</summary>
    public static IEnumerable<string> Candidates(string host, RepositoryName? repository)
    {
        var key = CanonicalHost(host);
        if (repository is { } name)
        {
            for (var path = $"{key}/{name}"; path.Length > key.Length; path = path[..path.LastIndexOf('/')])
                yield return path;
        }
        yield return key;
    }

    /// <summary>How a credential helper knows what a key stands for.</summary>
    public static string ServerOf(string key) => key == DockerHub ? DockerHubServer : key;

    public static string CanonicalHost(string host) =>
        host.ToLowerInvariant() is var lower && lower is "index.docker.io" or "registry-1.docker.io" ? DockerHub : lower;

    private static string WithoutScheme(string key) => key.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? key[8..]
        : key.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? key[7..]
        : key;
}

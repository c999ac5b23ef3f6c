using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Where a registry is and below which repositories to work: <c>host[:port][/prefix]</c>, as in <c>docker://</c> references.</summary>
/// <param name="Host"><c>host[:port]</c>, lower case.</param>
/// <param name="Prefix">Put in front of every repository's name; null for none.</param>
public sealed record RegistryEndpoint(string Host, RepositoryName? Prefix)
{
    private const string DockerHubApi = "registry-1.docker.io";

    /// <summary>True for addresses of this machine, where plain HTTP is tried as docker does.</summary>
    public bool IsLoopback => new Uri("http://" + Host).IsLoopback;

    /// <summary>Where the API is: Docker Hub is known to all by a name under which it does not serve it.</summary>
    internal string ApiHost => Host is "docker.io" or "index.docker.io" ? DockerHubApi : Host;

    /// <summary>The repository that the address names, if it names one: on Docker Hub a single name is short for one of <c>library/</c>.</summary>
    internal RepositoryName? Repository => Prefix is { } prefix && ApiHost == DockerHubApi && !prefix.ToString().Contains('/', StringComparison.Ordinal)
        ? RepositoryName.Parse($"library/{prefix}") : Prefix;

    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>.</exception>
    public static RegistryEndpoint Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = (slash < 0 ? text : text[..slash]).ToLowerInvariant();
        var path = slash < 0 ? "" : text[(slash + 1)..].TrimEnd('/');
        if (host.Length == 0 || host[^1] == ':' || host.Contains('@', StringComparison.Ordinal) || !Uri.TryCreate("http://" + host, UriKind.Absolute, out var uri) || uri.PathAndQuery != "/" || uri.Host.Length == 0)
            throw Invalid($"'{Printable.Of(host.Contains('@', StringComparison.Ordinal) ? "…@" + host[(host.LastIndexOf('@') + 1)..] : host)}' is not a host[:port].");
        if (path.Length == 0)
            return new RegistryEndpoint(host, null);
        return RepositoryName.TryParse(path, out var prefix)
            ? new RegistryEndpoint(host, prefix)
            : throw Invalid($"'{Printable.Of(path)}' is not a repository prefix.");
    }

    public override string ToString() => Prefix is null ? $"docker://{Host}" : $"docker://{Host}/{Prefix}";

    private static TransferException Invalid(string message) =>
        new(new TransferError(ErrorCode.EndpointInvalid, message) { Scope = ErrorScope.Endpoint, Hint = "Write docker://host[:port][/prefix]." });
}

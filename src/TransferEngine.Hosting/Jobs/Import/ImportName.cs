using System.Diagnostics.CodeAnalysis;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>An image's name as other tools write it: <c>[host/]repository[:tags][@digest]</c>, without a host on Docker Hub.</summary>
/// <param name="Host"><c>host[:port]</c>.</param>
/// <param name="Repository">Within the host.</param>
/// <param name="Suffix">What follows a colon or, with it, an at sign; empty if nothing does.</param>
internal sealed record ImportName(string Host, RepositoryName Repository, string Suffix)
{
    public const string DockerHub = "docker.io";

    public string Address => $"docker://{Host}";

    public static bool TryParse(string text, [NotNullWhen(true)] out ImportName? name)
    {
        name = null;
        // ocidir:///data would else be Docker Hub's library/ocidir.
        if (text.Contains("://", StringComparison.Ordinal))
            return false;
        var (host, rest) = SplitHost(text);
        var end = rest.AsSpan().IndexOfAny(':', '@');
        var (path, suffix) = end < 0 ? (rest, "") : (rest[..end], rest[end] == '@' ? rest[end..] : rest[(end + 1)..]);
        if (host == DockerHub && !path.Contains('/', StringComparison.Ordinal))
            path = "library/" + path;
        if (!RepositoryName.TryParse(path, out var repository) || (end >= 0 && suffix.Length == 0))
            return false;
        name = new ImportName(host, repository, suffix);
        return true;
    }

    // As docker tells a host from a repository's first component: a dot, a colon, or the word localhost.
    public static (string Host, string Path) SplitHost(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : text[..slash];
        // In nginx:/regex/ the colon is not that of a port.
        var isHost = !first.EndsWith(':') && (first == "localhost" || first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal));
        if (!isHost)
            return (DockerHub, text);
        return (first is "index.docker.io" or "registry-1.docker.io" ? DockerHub : first, text[(slash + 1)..]);
    }
}

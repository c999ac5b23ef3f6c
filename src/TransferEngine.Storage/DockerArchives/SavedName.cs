using System.Diagnostics.CodeAnalysis;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// An image's name as docker keeps it, <c>[host[:port]/]path:tag</c>. A repository here has no host, so it is taken off, by docker's
/// own rule: a first component with a dot or colon, or <c>localhost</c>. Docker Hub's <c>docker.io/library/app</c> is <c>app</c>.
/// </summary>
/// <param name="Repository">The name without host.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Host">The host that was taken off, if any.</param>
public sealed record SavedName(RepositoryName Repository, Tag Tag, string? Host)
{
    private const string HubLibrary = "library/";

    /// <summary>False for what has no tag (as <c>&lt;none&gt;:&lt;none&gt;</c>) or is no valid name.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SavedName? name)
    {
        name = null;
        if (text is null || text.LastIndexOf(':') is var colon && colon <= text.LastIndexOf('/'))
            return false;
        var (host, path) = SplitHost(text[..colon]);
        if (host is ("docker.io" or "index.docker.io") && path.StartsWith(HubLibrary, StringComparison.Ordinal))
            path = path[HubLibrary.Length..];
        if (!RepositoryName.TryParse(path, out var repository) || !Tag.TryParse(text[(colon + 1)..], out var tag))
            return false;
        name = new SavedName(repository, tag, host);
        return true;
    }

    public override string ToString() => $"{Repository}:{Tag}";

    private static (string? Host, string Path) SplitHost(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && (path.AsSpan(0, slash).IndexOfAny('.', ':') >= 0 || path[..slash] == "localhost")
            ? (path[..slash], path[(slash + 1)..])
            : (null, path);
    }
}

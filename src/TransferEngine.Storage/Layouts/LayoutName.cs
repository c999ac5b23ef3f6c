using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// What an entry's name says, whether it is a tag alone (<c>v1</c>, as skopeo and umoci write), a repository with a tag or digest, or a
/// full reference with a host (containerd, docker, podman, buildx, crane, cosign). The parts are as written, valid or not.
/// </summary>
/// <param name="Repository">Without host; null for a tag alone.</param>
/// <param name="Tag">Null beside a digest alone.</param>
/// <param name="Digest">What stands behind the at sign.</param>
/// <param name="Host">What was taken off the name; null for none.</param>
internal readonly record struct LayoutName(string? Repository, string? Tag, string? Digest, string? Host = null)
{
    // podman's host for images that came from no registry.
    private const string NoHost = "localhost";

    public const string DefaultTag = "latest";

    public static LayoutName Parse(string name)
    {
        string? digest = null;
        if (name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
            (name, digest) = (name[..at], name[(at + 1)..]);
        var slash = name.LastIndexOf('/');
        var colon = name.LastIndexOf(':');
        if (slash < 0 && colon < 0 && digest is null)
            return new LayoutName(null, name, null);
        var (host, repository) = SplitHost(colon > slash ? name[..colon] : name);
        return colon > slash
            ? new LayoutName(repository, name[(colon + 1)..], digest, host)
            : new LayoutName(repository, digest is null ? DefaultTag : null, digest, host);
    }

    /// <summary>Whether an image of this name is meant by that one, which may leave the host out.</summary>
    public bool IsMeantBy(LayoutName wanted) => wanted.Host is null ? this with { Host = null } == wanted : this == wanted;

    /// <summary>
    /// The name under which others address the image (<c>skopeo copy oci:PATH:team/app:v1</c>). A repository whose first part would be
    /// taken for a host gets one in front.
    /// </summary>
    public static string Of(RepositoryName repository, Reference reference)
    {
        var name = repository.ToString();
        var shown = SplitHost(name).Host is null ? name : $"{NoHost}/{name}";
        return reference.Tag is { } tag ? $"{shown}:{tag}" : $"{shown}@{reference.Digest}";
    }

    // As docker tells a host from a repository's first part: a dot, a colon, or the word localhost.
    private static (string? Host, string Name) SplitHost(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || (name[..slash] != NoHost && !name.AsSpan(0, slash).ContainsAny('.', ':')))
            return (null, name);
        // Docker Hub's older name.
        return (name[..slash] == "index.docker.io" ? "docker.io" : name[..slash], name[(slash + 1)..]);
    }
}

using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// What an entry's name says, whether it is a tag alone (<c>v1</c>, as skopeo and umoci write), a repository with a tag or digest, or a
/// full reference with a host (containerd, docker). The parts are as written, valid or not.
/// </summary>
/// <param name="Repository">Without host; null for a tag alone.</param>
/// <param name="Tag">Null beside a digest alone.</param>
/// <param name="Digest">What stands behind the at sign.</param>
internal readonly record struct LayoutName(string? Repository, string? Tag, string? Digest)
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
        return colon > slash
            ? new LayoutName(WithoutHost(name[..colon]), name[(colon + 1)..], digest)
            : new LayoutName(WithoutHost(name), digest is null ? DefaultTag : null, digest);
    }

    /// <summary>
    /// The name under which others address the image (<c>skopeo copy oci:PATH:team/app:v1</c>). A repository whose first part would be
    /// taken for a host gets one in front.
    /// </summary>
    public static string Of(RepositoryName repository, Reference reference)
    {
        var name = repository.ToString();
        var shown = WithoutHost(name) == name ? name : $"{NoHost}/{name}";
        return reference.Tag is { } tag ? $"{shown}:{tag}" : $"{shown}@{reference.Digest}";
    }

    // As docker tells a host from a repository's first part: a dot, a colon, or the word localhost.
    private static string WithoutHost(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && (name[..slash] == NoHost || name.AsSpan(0, slash).ContainsAny('.', ':')) ? name[(slash + 1)..] : name;
    }
}

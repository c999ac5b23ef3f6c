namespace TransferEngine.Images;

/// <summary>The media types of manifests and layers, as the Docker schema 2 and OCI image specifications register them.</summary>
public static class MediaType
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    public const string DockerSchema1 = "application/vnd.docker.distribution.manifest.v1+json";
    public const string OciArtifact = "application/vnd.oci.artifact.manifest.v1+json";
    public const string DockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>What a HEAD or GET of a manifest must accept, so that no registry converts or hides one.</summary>
    public const string AcceptManifests =
        OciManifest + ", " + OciIndex + ", " + DockerManifest + ", " + DockerManifestList + ", " + DockerSchema1Signed;

    public static bool IsIndex(string? mediaType) => Normalize(mediaType) is OciIndex or DockerManifestList;

    public static bool IsManifest(string? mediaType) => Normalize(mediaType) is OciManifest or DockerManifest;

    public static bool IsSchema1(string? mediaType) => Normalize(mediaType) is DockerSchema1 or DockerSchema1Signed;

    /// <summary>
    /// True for an index's entry that is a manifest, of whatever kind; one without a type is taken for one. Any other is a blob, as crane
    /// and oras understand it.
    /// </summary>
    public static bool IsListedManifest(string? mediaType) =>
        Normalize(mediaType) is "" or OciIndex or DockerManifestList or OciManifest or DockerManifest or OciArtifact or DockerSchema1 or DockerSchema1Signed;

    /// <summary>
    /// Layers that their publisher forbids to redistribute; registries accept manifests naming them without
    /// holding the blob as long as the descriptor has <c>urls</c>.
    /// </summary>
    public static bool IsForeignLayer(string mediaType) => Normalize(mediaType) is var type
        && (type is "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" or "application/vnd.docker.image.rootfs.foreign.diff.tar"
            || type.StartsWith("application/vnd.oci.image.layer.nondistributable.v1.tar", StringComparison.Ordinal));

    /// <summary>Lower case, without parameters: types are equal in any case (RFC 9110, 8.3.1), and some tools write a charset. Empty for null.</summary>
    public static string Normalize(string? mediaType)
    {
        if (mediaType is null)
            return "";
        var end = mediaType.IndexOf(';', StringComparison.Ordinal);
        var essence = (end < 0 ? mediaType.AsSpan() : mediaType.AsSpan(0, end)).Trim();
        return essence.Length == mediaType.Length && !essence.ContainsAnyInRange('A', 'Z') ? mediaType : essence.ToString().ToLowerInvariant();
    }
}

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
    public const string DockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>What a HEAD or GET of a manifest must accept, so that no registry converts or hides one.</summary>
    public const string AcceptManifests =
        OciManifest + ", " + OciIndex + ", " + DockerManifest + ", " + DockerManifestList + ", " + DockerSchema1Signed;

    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerManifestList;

    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    public static bool IsSchema1(string? mediaType) => mediaType is DockerSchema1 or DockerSchema1Signed;

    /// <summary>
    /// Layers that their publisher forbids to redistribute; registries accept manifests naming them without
    /// holding the blob as long as the descriptor has <c>urls</c>.
    /// </summary>
    public static bool IsForeignLayer(string mediaType) =>
        mediaType is "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" or "application/vnd.docker.image.rootfs.foreign.diff.tar"
        || mediaType.StartsWith("application/vnd.oci.image.layer.nondistributable.v1.tar", StringComparison.Ordinal);
}

using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// One image as skopeo's <c>dir:</c> transport keeps it (containers/image, <c>directory/directory_transport.go</c>): its manifest or
/// index, the manifests that an index names, and every blob as a file named by the bare hex digits of its digest, 64 of them for
/// sha256 and 128 for sha512.
/// </summary>
internal static class ImageFolder
{
    public const string ManifestName = "manifest.json";
    public const string VersionName = "version";
    public const string Version = "Directory Transport Version: 1.1\n";

    /// <summary>The file of a manifest that an index names.</summary>
    public static string MemberName(Digest digest) => digest.Hex + ".manifest.json";

    public static string BlobName(Digest digest) => digest.Hex;
}

using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// One image as skopeo's <c>dir:</c> transport keeps it (containers/image, <c>directory/directory_transport.go</c>): its manifest or
/// index, the manifests that an index names, and every blob as a file named by the bare hex digits of its digest, 64 of them for
/// sha256 and 128 for sha512. What scripts write by hand is read too: <c>manifest</c> without its suffix, no version file, and
/// blobs whose names tell the algorithm.
/// </summary>
internal static class ImageFolder
{
    public const string ManifestName = "manifest.json";
    public const string VersionName = "version";
    public const string Version = "Directory Transport Version: 1.1\n";

    private const string BareManifestName = "manifest";

    /// <summary>The file of a manifest that an index names.</summary>
    public static string MemberName(Digest digest) => digest.Hex + ".manifest.json";

    public static string BlobName(Digest digest) => digest.Hex;

    /// <summary>The digest that a blob's file is named by, as it is written here; null for other files.</summary>
    public static Digest? BlobOf(string file) => Digest.TryParse($"{(file.Length == 64 ? "sha256" : "sha512")}:{file}", out var digest) ? digest : null;

    /// <summary>The manifest of the folder's image; null if the folder is none.</summary>
    public static TreeFile? FindManifest(TreeReader reader, string folder) =>
        reader.FindFile(folder, ManifestName) ?? (Find(reader, folder, BareManifestName) is { } bare && reader.ReadStart(bare, 1) is [(byte)'{'] ? bare : null);

    /// <summary>A manifest that the folder's index names.</summary>
    public static TreeFile? FindMember(TreeReader reader, string folder, Digest digest) =>
        reader.FindFile(folder, MemberName(digest)) ?? Find(reader, folder, $"{digest.Hex}.{BareManifestName}") ?? FindBlob(reader, folder, digest);

    /// <summary>A blob by any of the names that it may have; the last one is that of the transport's version 1.0.</summary>
    public static TreeFile? FindBlob(TreeReader reader, string folder, Digest digest) => reader.FindFile(folder, BlobName(digest))
        ?? Find(reader, folder, digest.ToString()) ?? Find(reader, folder, $"{digest.Algorithm}-{digest.Hex}") ?? Find(reader, folder, digest.Hex + ".tar");

    // A folder of such a name may be anything.
    private static TreeFile? Find(TreeReader reader, string folder, string name) => Directory.Exists(Path.Join(folder, name)) ? null : reader.FindFile(folder, name);
}

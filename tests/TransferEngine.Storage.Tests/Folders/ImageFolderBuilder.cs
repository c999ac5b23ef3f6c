using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Writes image folders as skopeo's <c>dir:</c> does, and damages them as a test wants.</summary>
internal static class ImageFolderBuilder
{
    /// <summary>A sound image with a config of its own and these layers; returns its manifest's digest.</summary>
    public static Digest AddImage(string folder, params string[] layers) =>
        AddManifest(folder, ManifestWriter.Image(NewSpec(folder, layers)));

    /// <summary>An index over two images, with their manifests beside it.</summary>
    public static (Digest Index, Digest[] Children) AddIndex(string folder, params string[] layers)
    {
        var children = layers.Select(layer => ManifestWriter.Image(NewSpec(folder, layer))).ToArray();
        foreach (var child in children)
            File.WriteAllBytes(Path.Join(folder, Digest.OfSha256(child).Hex + ".manifest.json"), child);
        var index = ManifestWriter.Index([.. children.Select(child => new Descriptor("", Digest.OfSha256(child), child.Length))], ManifestFormat.Oci);
        return (AddManifest(folder, index), [.. children.Select(child => Digest.OfSha256(child))]);
    }

    public static ImageSpec NewSpec(string folder, params string[] layers)
    {
        var config = AddBlob(folder, $$"""{"architecture":"amd64","os":"linux","comment":"{{Path.GetFileName(folder)}} {{string.Join(' ', layers)}}"}""");
        return new ImageSpec(config, [.. layers.Select(layer => AddBlob(folder, layer))]);
    }

    public static Digest AddManifest(string folder, byte[] manifest)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "version"), "Directory Transport Version: 1.1\n");
        File.WriteAllBytes(Path.Join(folder, "manifest.json"), manifest);
        return Digest.OfSha256(manifest);
    }

    public static Descriptor AddBlob(string folder, string content, bool bySha512 = false)
    {
        Directory.CreateDirectory(folder);
        var bytes = Encoding.UTF8.GetBytes(content);
        var digest = bySha512 ? Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData(bytes))) : Digest.OfSha256(bytes);
        File.WriteAllBytes(Path.Join(folder, digest.Hex), bytes);
        return new Descriptor("", digest, bytes.Length);
    }
}

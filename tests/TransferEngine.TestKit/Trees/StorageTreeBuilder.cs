using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>
/// Writes a registry's storage tree as CNCF Distribution lays it out (its <c>registry/storage/paths.go</c>). The upper
/// methods write sound trees; the paths and the <c>Write…</c> methods let a test do any damage. Names are taken as given.
/// </summary>
/// <param name="root">The folder that shall hold <c>docker/registry/v2</c> (a registry's <c>rootdirectory</c>).</param>
public sealed class StorageTreeBuilder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The <c>docker/registry/v2</c> folder.</summary>
    public string V2 { get; } = Path.Combine(Path.GetFullPath(root), "docker", "registry", "v2");

    public string BlobFolder(Digest digest) => Path.Combine(V2, "blobs", digest.Algorithm, digest.Hex[..2], digest.Hex);

    public string BlobPath(Digest digest) => Path.Combine(BlobFolder(digest), "data");

    public string RepositoryFolder(string repository) => Path.Combine(V2, "repositories", repository);

    public string TagsFolder(string repository) => Path.Combine(RepositoryFolder(repository), "_manifests", "tags");

    public string TagLinkPath(string repository, string tag) => Path.Combine(TagsFolder(repository), tag, "current", "link");

    public string TagIndexLinkPath(string repository, string tag, Digest digest) =>
        Path.Combine(TagsFolder(repository), tag, "index", digest.Algorithm, digest.Hex, "link");

    public string RevisionLinkPath(string repository, Digest digest) =>
        Path.Combine(RepositoryFolder(repository), "_manifests", "revisions", digest.Algorithm, digest.Hex, "link");

    public string LayerLinkPath(string repository, Digest digest) =>
        Path.Combine(RepositoryFolder(repository), "_layers", digest.Algorithm, digest.Hex, "link");

    /// <summary>Stores a blob under its sha256 digest; an empty media type lets the manifest's format choose.</summary>
    public Descriptor AddBlob(ReadOnlySpan<byte> content, string mediaType = "")
    {
        var digest = Digest.OfSha256(content);
        if (!File.Exists(BlobPath(digest)))
            WriteBlob(digest, content);
        return new Descriptor(mediaType, digest, content.Length);
    }

    /// <summary>As <see cref="AddBlob(ReadOnlySpan{byte}, string)"/> for content that does not fit into memory.</summary>
    public Descriptor AddBlob(Stream content, string mediaType = "")
    {
        var incoming = Path.Combine(V2, "blobs", "incoming-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.GetDirectoryName(incoming)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        long size = 0;
        using (var file = new FileStream(incoming, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            for (int count; (count = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; size += count)
            {
                hash.AppendData(buffer, 0, count);
                file.Write(buffer, 0, count);
            }
        }
        var digest = Digest.Parse("sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()));
        Directory.CreateDirectory(BlobFolder(digest));
        File.Move(incoming, BlobPath(digest), overwrite: true);
        return new Descriptor(mediaType, digest, size);
    }

    /// <summary>Writes an image manifest with its revision link, the layer links of what it names, and the tag if given.</summary>
    public Descriptor AddImage(string repository, string? tag, ImageSpec spec)
    {
        LinkLayer(repository, spec.Config.Digest);
        foreach (var layer in spec.Layers)
            LinkLayer(repository, layer.Digest);
        return AddManifest(repository, tag, ManifestWriter.Image(spec), ManifestWriter.MediaTypeOf(spec.Format, index: false));
    }

    /// <summary>A small image with a config of its own and these layers, for tests that do not care for more.</summary>
    public Descriptor AddImage(string repository, string? tag, params string[] layers)
    {
        var config = AddBlob(Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","comment":"{{repository}} {{tag}} {{string.Join(' ', layers)}}"}"""));
        return AddImage(repository, tag, new ImageSpec(config, [.. layers.Select(layer => AddBlob(Encoding.UTF8.GetBytes(layer)))]));
    }

    public Descriptor AddIndex(string repository, string? tag, IReadOnlyList<Descriptor> children, ManifestFormat format = ManifestFormat.Oci) =>
        AddManifest(repository, tag, ManifestWriter.Index(children, format), ManifestWriter.MediaTypeOf(format, index: true));

    /// <summary>Stores any bytes as a manifest: blob, revision link, and the tag if given.</summary>
    public Descriptor AddManifest(string repository, string? tag, ReadOnlySpan<byte> bytes, string mediaType = "")
    {
        var manifest = AddBlob(bytes, mediaType);
        LinkRevision(repository, manifest.Digest);
        if (tag is not null)
            Tag(repository, tag, manifest.Digest);
        return manifest;
    }

    /// <summary>Sets a tag, keeping what it named before in its index, as a push does.</summary>
    public void Tag(string repository, string tag, Digest digest)
    {
        WriteLink(TagLinkPath(repository, tag), digest.ToString());
        WriteLink(TagIndexLinkPath(repository, tag, digest), digest.ToString());
    }

    public void LinkRevision(string repository, Digest digest) => WriteLink(RevisionLinkPath(repository, digest), digest.ToString());

    public void LinkLayer(string repository, Digest digest)
    {
        var path = LayerLinkPath(repository, digest);
        if (!File.Exists(path))
            WriteLink(path, digest.ToString());
    }

    /// <summary>Writes any bytes as the blob of a digest, right or wrong.</summary>
    public void WriteBlob(Digest digest, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(BlobFolder(digest));
        using var file = File.OpenHandle(BlobPath(digest), FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
    }

    /// <summary>Writes any text as a link file; registries write the digest without a newline.</summary>
    public static void WriteLink(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}

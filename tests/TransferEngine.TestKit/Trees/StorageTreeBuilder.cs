using System.Text;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>
/// Writes the storage tree that CNCF Distribution writes (its <c>registry/storage/paths.go</c>), piece by piece, so that a
/// test can also leave pieces out.
/// </summary>
public sealed class StorageTreeBuilder
{
    private readonly Dictionary<Digest, long> _sizes = [];

    /// <param name="root">What the registry's <c>rootdirectory</c> would name; the tree is <c>docker/registry/v2</c> below it.</param>
    public StorageTreeBuilder(string root)
    {
        Root = root;
        Tree = Path.Combine(root, "docker/registry/v2");
        Directory.CreateDirectory(Path.Combine(Tree, "repositories"));
        Directory.CreateDirectory(Path.Combine(Tree, "blobs"));
    }

    public string Root { get; }

    /// <summary>The <c>v2</c> folder.</summary>
    public string Tree { get; }

    /// <summary>Sizes of all blobs and manifests written so far.</summary>
    public IReadOnlyDictionary<Digest, long> Sizes => _sizes;

    public string BlobPath(Digest digest) => Path.Combine(Tree, "blobs", digest.Algorithm, digest.Hex[..2], digest.Hex, "data");

    public string RepositoryPath(string repository) => Path.Combine(Tree, "repositories", repository);

    public string TagLinkPath(string repository, string tag) => Path.Combine(RepositoryPath(repository), "_manifests/tags", tag, "current/link");

    public string RevisionLinkPath(string repository, Digest digest) =>
        Path.Combine(RepositoryPath(repository), "_manifests/revisions", digest.Algorithm, digest.Hex, "link");

    /// <summary>Puts content into the common store.</summary>
    public Descriptor AddBlob(byte[] content, string mediaType = MediaType.OciLayerGzip)
    {
        var digest = Digest.OfSha256(content);
        Write(BlobPath(digest), content);
        _sizes[digest] = content.Length;
        return new Descriptor(mediaType, digest, content.Length);
    }

    public Descriptor AddBlob(string content, string mediaType = MediaType.OciLayerGzip) => AddBlob(Encoding.UTF8.GetBytes(content), mediaType);

    public void LinkLayer(string repository, Digest digest) =>
        WriteLink(Path.Combine(RepositoryPath(repository), "_layers", digest.Algorithm, digest.Hex, "link"), digest);

    /// <summary>Writes a manifest with its revision link, and its tag if given.</summary>
    public Digest AddManifest(string repository, string? tag, byte[] content)
    {
        var digest = AddBlob(content).Digest;
        WriteLink(RevisionLinkPath(repository, digest), digest);
        if (tag is not null)
            Tag(repository, tag, digest);
        return digest;
    }

    public Digest AddManifest(string repository, string? tag, string content) => AddManifest(repository, tag, Encoding.UTF8.GetBytes(content));

    /// <summary>An image manifest over blobs that are in the store; the first is its config.</summary>
    public Digest AddImage(string repository, string? tag, bool isOci, bool statesMediaType, Descriptor config, params IEnumerable<Descriptor> layers)
    {
        var all = layers.ToList();
        LinkLayer(repository, config.Digest);
        all.ForEach(layer => LinkLayer(repository, layer.Digest));
        return AddManifest(repository, tag, ManifestText.Image(isOci, statesMediaType, config, all));
    }

    /// <summary>An image of layers with the given contents, and a config of its own.</summary>
    public Digest AddImage(string repository, string? tag, params string[] layers) =>
        AddImage(repository, tag, isOci: true, statesMediaType: true,
            AddBlob($$"""{"architecture":"amd64","os":"linux","created-for":"{{repository}}:{{tag}} {{string.Join(',', layers)}}"}""", MediaType.OciConfig),
            layers.Select(layer => AddBlob(layer)));

    public Digest AddIndex(string repository, string? tag, bool isOci, params IEnumerable<Digest> children) =>
        AddManifest(repository, tag, ManifestText.Index(isOci, children.Select(child => (child, _sizes.GetValueOrDefault(child, 1)))));

    public void Tag(string repository, string tag, Digest digest)
    {
        WriteLink(TagLinkPath(repository, tag), digest);
        WriteLink(Path.Combine(RepositoryPath(repository), "_manifests/tags", tag, "index", digest.Algorithm, digest.Hex, "link"), digest);
    }

    /// <summary>Writes a file anywhere, with the folders above it.</summary>
    public static void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private static void WriteLink(string path, Digest digest) => Write(path, Encoding.UTF8.GetBytes(digest.ToString()));
}

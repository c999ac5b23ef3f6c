using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// The tree's global blob store, <c>blobs/algorithm/two digits/hex/data</c>. A repository's <c>_layers</c> link is not
/// needed to read a blob, so images whose links were lost are rescued.
/// </summary>
internal sealed class BlobStore(TreeReader reader)
{
    public const string BlobsFolder = "blobs";
    public const string Data = "data";

    // At most 256 for each algorithm: spares every blob three of its five steps.
    private readonly ConcurrentDictionary<(char, char, char), string> _buckets = new();

    /// <summary>The blob's file; null if the store does not hold it. Costs two stats.</summary>
    public TreeFile? Find(Digest digest)
    {
        var hex = digest.Hex;
        // The two algorithms, sha256 and sha512, differ in their fourth letter.
        var bucket = _buckets.GetOrAdd((digest.Algorithm[3], hex[0], hex[1]), static (_, of) =>
            of.Reader.Enter(of.Reader.Root, BlobsFolder, of.Digest.Algorithm, of.Digest.Hex[..2]), (Reader: reader, Digest: digest));
        return reader.FindFile(reader.Enter(bucket, hex), Data);
    }

    /// <summary>
    /// As <see cref="Find(Digest)"/>. A registry keeps a blob that was pushed by sha512 under its sha256 digest, and only the
    /// repository's link tells which: read it where the store does not know the digest.
    /// </summary>
    /// <param name="digest">What is asked for.</param>
    /// <param name="links">The repository's folder of such links: <c>_layers</c> or <c>_manifests/revisions</c>.</param>
    public TreeFile? Find(Digest digest, Func<string> links)
    {
        if (Find(digest) is { } file)
            return file;
        return ReadLink(LinkOf(digest, links)) is { } canonical && canonical != digest ? Find(canonical) : null;
    }

    /// <summary>
    /// Where the blob is or should be, for messages: of one that was pushed by sha512, what its link says, or the link if that is missing.
    /// </summary>
    public string PathOf(Digest digest, Func<string> links)
    {
        if (digest.Algorithm == "sha256")
            return PathOf(digest);
        try
        {
            var folder = LinkOf(digest, links);
            return ReadLink(folder) is { } canonical ? PathOf(canonical) : Path.Join(folder, RegistryTreeView.Link);
        }
        catch (TransferException)
        {
            return PathOf(digest);
        }
    }

    public string PathOf(Digest digest) => Path.Join(reader.Root, BlobsFolder, digest.Algorithm, Path.Join(digest.Hex[..2], digest.Hex, Data));

    private string LinkOf(Digest digest, Func<string> links) => reader.Enter(links(), digest.Algorithm, digest.Hex);

    private Digest? ReadLink(string folder) =>
        reader.FindFile(folder, RegistryTreeView.Link) is { } link && Digest.TryParse(reader.ReadLink(link), out var canonical) ? canonical : null;
}

using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>A member of a package: a blob to be streamed, or a few bytes that the index settles.</summary>
/// <param name="Name">Its path in the tar.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Blob">The digest of a manifest or blob; null where <paramref name="Content"/> is given.</param>
/// <param name="Content">The bytes themselves.</param>
internal sealed record PackageMember(string Name, long Size, Digest? Blob, byte[] Content)
{
    public const string IndexName = "transfer-engine/package.json";
    public const string ChecksumName = "transfer-engine/package.json.sha256";

    private const string Tree = "docker/registry/v2";

    /// <summary>
    /// All members in their order: the index and its checksum (as <c>sha256sum -c</c> reads it), blobs by digest, then the links of
    /// each repository in the layout of CNCF Distribution (<c>registry/storage/paths.go</c>). Contents come before what names them.
    /// </summary>
    public static IEnumerable<PackageMember> Of(PackageIndex index)
    {
        yield return Text(IndexName, index.ToBytes());
        yield return Checksum(index);
        foreach (var blob in index.Held)
            yield return new PackageMember($"{Tree}/blobs/{blob.Digest.Algorithm}/{blob.Digest.Hex[..2]}/{blob.Digest.Hex}/data", blob.Size, blob.Digest, []);
        foreach (var repository in index.Repositories)
            foreach (var link in Links(repository))
                yield return link;
    }

    public static PackageMember Checksum(PackageIndex index) => Text(ChecksumName, Encoding.ASCII.GetBytes($"{index.Id.Hex}  package.json\n"));

    private static IEnumerable<PackageMember> Links(PackageRepository repository)
    {
        var folder = $"{Tree}/repositories/{repository.Name}";
        foreach (var blob in repository.Blobs)
            yield return Link($"{folder}/_layers/{blob.Algorithm}/{blob.Hex}", blob);
        foreach (var manifest in repository.Manifests)
            yield return Link($"{folder}/_manifests/revisions/{manifest.Algorithm}/{manifest.Hex}", manifest);
        foreach (var tag in repository.Tags)
        {
            yield return Link($"{folder}/_manifests/tags/{tag.Name}/current", tag.Digest);
            yield return Link($"{folder}/_manifests/tags/{tag.Name}/index/{tag.Digest.Algorithm}/{tag.Digest.Hex}", tag.Digest);
        }
    }

    private static PackageMember Link(string folder, Digest digest) => Text(folder + "/link", Encoding.ASCII.GetBytes(digest.ToString()));

    private static PackageMember Text(string name, byte[] content) => new(name, content.Length, null, content);
}

using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>Where things are below <c>docker/registry/v2</c> (distribution's <c>registry/storage/paths.go</c>).</summary>
internal sealed class TreeLayout(string root)
{
    public string Repositories { get; } = Path.Combine(root, "repositories");

    public string Blob(Digest digest)
    {
        var hex = digest.Hex;
        return $"{root}/blobs/{digest.Algorithm}/{hex.AsSpan(0, 2)}/{hex}/data";
    }

    public string Tags(RepositoryName repository) => $"{Repositories}/{repository}/_manifests/tags";

    public string TagLink(RepositoryName repository, string tag) => $"{Tags(repository)}/{tag}/current/link";

    public string Revisions(RepositoryName repository) => $"{Repositories}/{repository}/_manifests/revisions";

    public string RevisionLink(RepositoryName repository, Digest digest) => $"{Revisions(repository)}/{digest.Algorithm}/{digest.Hex}/link";
}

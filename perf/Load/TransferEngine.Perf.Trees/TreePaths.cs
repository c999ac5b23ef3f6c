namespace TransferEngine.Perf.Trees;

/// <summary>Where CNCF Distribution keeps what, below the root of a storage tree.</summary>
internal sealed class TreePaths(string root)
{
    private const string Algorithm = "sha256:";

    public string Version2 { get; } = Path.Combine(Path.GetFullPath(root), "docker", "registry", "v2");

    public string Repositories => Path.Combine(Version2, "repositories");

    public string Data(string digest) =>
        Path.Combine(Version2, "blobs", "sha256", Hex(digest)[..2], Hex(digest), "data");

    public string LayerLink(string repository, string digest) =>
        Path.Combine(Repositories, repository, "_layers", "sha256", Hex(digest), "link");

    public string RevisionLink(string repository, string digest) =>
        Path.Combine(Repositories, repository, "_manifests", "revisions", "sha256", Hex(digest), "link");

    public string Tags(string repository) => Path.Combine(Repositories, repository, "_manifests", "tags");

    public string TagLink(string repository, string tag) => Path.Combine(Tags(repository), tag, "current", "link");

    public string TagIndexLink(string repository, string tag, string digest) =>
        Path.Combine(Tags(repository), tag, "index", "sha256", Hex(digest), "link");

    public static string Hex(string digest) =>
        digest.StartsWith(Algorithm, StringComparison.Ordinal) && digest.Length == Algorithm.Length + 64
            ? digest[Algorithm.Length..]
            : throw new InvalidDataException($"not a sha256 digest: {digest}");
}

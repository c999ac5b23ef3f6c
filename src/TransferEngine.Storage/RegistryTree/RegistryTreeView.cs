using TransferEngine.Images;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// A storage tree as a registry's API shows it: a repository has what its own links name and the store holds, and nothing else.
/// (<see cref="RegistryTreeSource"/> is milder with lost links.) Reads happen on the calling thread; all methods may be called
/// concurrently. Failures to read are <see cref="TransferException"/>s.
/// </summary>
public sealed class RegistryTreeView : IDisposable
{
    internal const string Layers = "_layers";
    internal const string Link = "link";

    private readonly BlobStore _blobs;
    private readonly KnownLayers? _known;

    private RegistryTreeView(OpenedTree tree, KnownLayers? known = null)
    {
        _known = known;
        Endpoint = tree.Endpoint;
        Damage = tree.Damage;
        Reader = tree.Reader;
        _blobs = new BlobStore(tree.Reader);
    }

    /// <summary>The tree as the user may name it.</summary>
    public string Endpoint { get; }

    /// <summary>Why part of a tar could not be read; null where all is there.</summary>
    public string? Damage { get; }

    internal TreeReader Reader { get; }

    /// <inheritdoc cref="RegistryTreeSource.Open"/>
    public static RegistryTreeView Open(string path, RegistryTreeOptions? options = null) =>
        new(OpenedTree.Folder(path, options ?? new RegistryTreeOptions()));

    /// <summary>As <see cref="RegistryTreeSource.OpenTar"/>, for plain tars only: a registry's clients read at any place, at any time.</summary>
    /// <exception cref="TransferException">As there; also if the tar is compressed.</exception>
    public static RegistryTreeView OpenTar(string path, RegistryTreeOptions? options = null) =>
        new(OpenedTar.Open(path, options ?? new RegistryTreeOptions(), mustSeek: true));

    /// <summary>Opens a folder whose tree is to be written, and makes it where there is none.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    internal static RegistryTreeView OpenOrCreate(string path)
    {
        var root = TreeLocator.FindHere(path) ?? Path.Join(Path.GetFullPath(path), "docker", "registry", "v2");
        try
        {
            Directory.CreateDirectory(Path.Join(root, BlobStore.BlobsFolder));
            Directory.CreateDirectory(Path.Join(root, RepositoryWalk.RepositoriesFolder));
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(root, e).At(ErrorScope.Endpoint);
        }
        return Open(root, new RegistryTreeOptions { ProbeDepth = 0 });
    }

    internal static RegistryTreeView Of(OpenedTree tree) => new(tree);

    /// <summary>The tree at or above a folder, or the one that there will be in it. Makes nothing.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    internal static RegistryTreeView OpenOrPlan(string path)
    {
        if (TreeLocator.FindHere(path) is { } root)
            return new RegistryTreeView(OpenedTree.Folder(root, new RegistryTreeOptions { ProbeDepth = 0 }, remembersFolders: true), new KnownLayers());
        path = RealPath.Of(path);
        return new RegistryTreeView(new OpenedTree("registry-tree:" + path, new FolderTreeReader(Path.Join(path, "docker", "registry", "v2"), remembersFolders: true)), new KnownLayers());
    }

    /// <summary>All repositories, in the order of a walk: <c>a</c>, <c>a/b</c>, <c>a-b</c>. Names that no registry takes are left out.</summary>
    public IEnumerable<RepositoryName> ListRepositories() =>
        new RepositoryWalk(Reader).Run().Where(found => found is { Repository: not null, Error: null }).Select(found => found.Repository!.Value);

    public bool HasRepository(RepositoryName repository) => Reader.List(Manifests(repository)) is not null;

    internal bool HasLayers(RepositoryName repository) => Reader.List(Reader.Enter(Folder(repository), Layers)) is not null;

    /// <summary>The tags that name a revision, in ordinal order; null if there is no such repository.</summary>
    public IReadOnlyList<Tag>? ListTags(RepositoryName repository)
    {
        if (!HasRepository(repository))
            return null;
        var tags = new List<Tag>();
        foreach (var entry in Reader.List(Reader.Enter(Manifests(repository), "tags")) ?? [])
            if (Tag.TryParse(entry.Name, out var tag) && FindTag(repository, tag) is not null)
                tags.Add(tag);
        return tags;
    }

    /// <summary>The revision that a tag names; null if there is none.</summary>
    public Digest? FindTag(RepositoryName repository, Tag tag) =>
        ReadLink(Reader.Enter(Manifests(repository), "tags", tag.ToString(), "current")) is { } digest && FindRevision(repository, digest) is not null ? digest : null;

    /// <summary>The revisions of a repository, tagged or not.</summary>
    public IEnumerable<Digest> ListRevisions(RepositoryName repository)
    {
        foreach (var algorithm in new[] { "sha256", "sha512" })
            foreach (var entry in Reader.List(Reader.Enter(Manifests(repository), "revisions", algorithm)) ?? [])
                if (Digest.TryParse($"{algorithm}:{entry.Name}", out var digest) && FindRevision(repository, digest) is not null)
                    yield return digest;
    }

    public bool HasRevision(RepositoryName repository, Digest digest) => FindRevision(repository, digest) is not null;

    /// <summary>A manifest that the repository has; null if it has none by this digest, or the store lost its bytes.</summary>
    /// <exception cref="TransferException">The bytes are damaged, or no manifest.</exception>
    public Manifest? FindManifest(RepositoryName repository, Digest digest)
    {
        if (FindRevision(repository, digest) is not { } canonical || _blobs.Find(canonical) is not { Length: > 0 } file)
            return null;
        return ManifestReader.Read(Reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
    }

    /// <summary>Whether a manifest can be pulled: the repository names it, and the store has bytes for it.</summary>
    internal bool HasManifest(RepositoryName repository, Digest digest) =>
        FindRevision(repository, digest) is { } canonical && _blobs.Find(canonical) is { Length: > 0 };

    /// <summary>A blob that the store has, whether or not any repository names it.</summary>
    internal StoredBlob? FindStored(Digest digest) => _blobs.Find(digest) is { } file ? new StoredBlob(digest, file.Length, file.Path) : null;

    /// <summary>Where a blob's bytes are, if the repository has it.</summary>
    public StoredBlob? FindBlob(RepositoryName repository, Digest digest) =>
        FindLayer(repository, digest) is { } canonical && _blobs.Find(canonical) is { } file
            ? new StoredBlob(canonical, file.Length, file.Path) : null;

    /// <summary>
    /// What a manifest names and its repository can't serve, if anything; foreign layers aside. An entry of an index may be there as a
    /// manifest or as a blob, whatever its type calls it.
    /// </summary>
    public Digest? FindMissing(RepositoryName repository, Manifest manifest)
    {
        foreach (var blob in manifest.Blobs)
            if (!blob.IsForeign && FindBlob(repository, blob.Digest) is null && !(manifest.IsIndex && HasManifest(repository, blob.Digest)))
                return blob.Digest;
        foreach (var child in manifest.Children)
            if (!HasManifest(repository, child.Digest) && FindBlob(repository, child.Digest) is null)
                return child.Digest;
        return null;
    }

    /// <summary>What a repository has by this digest, be it a blob or a manifest.</summary>
    internal StoredBlob? FindContent(RepositoryName repository, Digest digest) => FindBlob(repository, digest)
        ?? (FindRevision(repository, digest) is { } canonical && _blobs.Find(canonical) is { } file ? new StoredBlob(canonical, file.Length, file.Path) : null);

    /// <summary>What a repository has by this digest, from its beginning.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobMissing"/>, with <see cref="ErrorScope.Blob"/>.</exception>
    internal BlobContentStream OpenContent(RepositoryName repository, Digest digest) => FindContent(repository, digest) is { } found
        ? new BlobContentStream(OpenBlob(found), found.Length)
        : throw new TransferException(new TransferError(ErrorCode.BlobMissing, $"The target does not have {digest}.")
        {
            Scope = ErrorScope.Blob,
            Repository = repository,
            Digest = digest,
            Path = _blobs.PathOf(digest),
        });

    /// <summary>The content, seekable. The caller disposes it.</summary>
    public Stream OpenBlob(StoredBlob blob) => Reader.Open(new TreeFile(blob.Path, blob.Length), 0);

    public void Dispose() => (Reader as IDisposable)?.Dispose();

    /// <summary>The digest that the store knows the revision by; null if the repository does not have it.</summary>
    internal Digest? FindRevision(RepositoryName repository, Digest digest) =>
        ReadLink(Reader.Enter(Manifests(repository), "revisions", digest.Algorithm, digest.Hex));

    /// <summary>The digest that the store knows a layer of the repository by; null if it has no such link.</summary>
    internal Digest? FindLayer(RepositoryName repository, Digest digest)
    {
        if (_known?.Find(repository, digest) is { } known)
            return known;
        var canonical = ReadLink(LayerFolder(repository, digest));
        if (canonical is { } found)
            _known?.Add(repository, digest, found);
        return canonical;
    }

    internal string Manifests(RepositoryName repository) => Reader.Enter(Folder(repository), RepositoryWalk.ManifestsFolder);

    internal string LayerFolder(RepositoryName repository, Digest digest) => Reader.Enter(Folder(repository), Layers, digest.Algorithm, digest.Hex);

    internal string Folder(RepositoryName repository) =>
        Reader.Enter(Reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/')]);

    internal Digest? ReadLink(string folder) =>
        Reader.FindFile(folder, Link) is { } link && Digest.TryParse(Reader.ReadLink(link), out var digest) ? digest : null;
}

/// <summary>A blob found in a tree.</summary>
/// <param name="Digest">The one that the store keeps it under: sha256, also where it was asked for by sha512.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Path">Its file, or its member of a tar.</param>
public readonly record struct StoredBlob(Digest Digest, long Length, string Path);

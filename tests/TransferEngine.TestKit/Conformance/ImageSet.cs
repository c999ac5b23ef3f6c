using TransferEngine.Images;

namespace TransferEngine.TestKit.Conformance;

/// <summary>
/// Images as a test describes them, before any form is given to them: what each repository holds, and what is missing or damaged there.
/// </summary>
public sealed class ImageSet
{
    private readonly SortedDictionary<RepositoryName, ImageSetRepository> _repositories = [];

    public IReadOnlyDictionary<RepositoryName, ImageSetRepository> Repositories => _repositories;

    /// <summary>The repository, which is there from now on.</summary>
    public ImageSetRepository this[RepositoryName name]
    {
        get
        {
            if (!_repositories.TryGetValue(name, out var repository))
                _repositories.Add(name, repository = new ImageSetRepository());
            return repository;
        }
    }

    /// <summary>An image under its tag, or by its digest alone.</summary>
    public ImageSet With(RepositoryName repository, string? tag, ImageContent image)
    {
        foreach (var (digest, content) in image.Blobs)
            this[repository].Blobs[digest] = content;
        if (tag is not null && image.Saved is not null)
            this[repository].Saved[Tag.Parse(tag)] = image;
        return With(repository, tag, image.Manifest);
    }

    /// <summary>A manifest alone: what it names comes from elsewhere, or is missing.</summary>
    public ImageSet With(RepositoryName repository, string? tag, Manifest manifest) => WithManifest(repository, tag, manifest.Digest, manifest.Bytes.ToArray());

    /// <summary>Any bytes as a manifest, whether or not they have this digest.</summary>
    public ImageSet WithManifest(RepositoryName repository, string? tag, Digest digest, byte[] bytes)
    {
        this[repository].Manifests[digest] = bytes;
        if (tag is not null)
            this[repository].Tags[Tag.Parse(tag)] = digest;
        return this;
    }

    /// <summary>The blob is nowhere any more.</summary>
    public ImageSet Without(Digest blob)
    {
        foreach (var repository in _repositories.Values)
            repository.Blobs.Remove(blob);
        return this;
    }

    /// <summary>Wherever the blob is, there are these bytes instead.</summary>
    public ImageSet WithWrong(Digest blob, byte[] content)
    {
        foreach (var repository in _repositories.Values.Where(repository => repository.Blobs.ContainsKey(blob)))
            repository.Blobs[blob] = content;
        return this;
    }
}

/// <summary>What one repository of a set holds.</summary>
public sealed class ImageSetRepository
{
    public SortedDictionary<Tag, Digest> Tags { get; } = [];

    /// <summary>All manifests: of tags, below indexes, and those that no tag names.</summary>
    public Dictionary<Digest, byte[]> Manifests { get; } = [];

    public Dictionary<Digest, byte[]> Blobs { get; } = [];

    /// <summary>The tagged images that docker could save.</summary>
    public SortedDictionary<Tag, ImageContent> Saved { get; } = [];

    /// <summary>The manifests that no tag names.</summary>
    public IEnumerable<Digest> Untagged => Manifests.Keys.Where(digest => !Tags.ContainsValue(digest));
}

using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>A tag (or a revision by its digest) and the manifest that it names.</summary>
public sealed record SampleImage(ImageReference Name, Descriptor Manifest);

/// <summary>
/// A plausible storage tree and all that is in it, so that a test knows exactly what a migration has to do. It holds what
/// real trees hold: shared base layers, Docker and OCI manifests with and without media type, multi-arch indexes, nested
/// repositories, tags named <c>current</c>, <c>_x</c>, <c>link</c> and <c>index</c>, several tags on one digest, images
/// promoted from one repository to another, a layer named twice, the empty layer, revisions that lost their tag.
/// </summary>
public sealed record SampleTree
{
    /// <summary>The folder that holds <c>docker/registry/v2</c>.</summary>
    public required string Root { get; init; }

    public required IReadOnlyList<SampleImage> Tagged { get; init; }

    /// <summary>Manifests that a tagged index names, in their repository. No tag names them.</summary>
    public required IReadOnlyList<SampleImage> Children { get; init; }

    /// <summary>Revisions that neither a tag nor a tagged index names. Their blobs are in no other collection.</summary>
    public required IReadOnlyList<SampleImage> Untagged { get; init; }

    /// <summary>Distinct blobs that tagged images need, with their sizes; manifests are not blobs here.</summary>
    public required IReadOnlyDictionary<Digest, long> Blobs { get; init; }

    /// <summary>The part of <see cref="Blobs"/> that each repository's tagged images need.</summary>
    public required IReadOnlyDictionary<RepositoryName, IReadOnlySet<Digest>> RepositoryBlobs { get; init; }

    /// <summary>Uploads that an empty target must see: one for each distinct blob.</summary>
    public int Uploads => Blobs.Count;

    /// <summary>Mounts that an empty target must see: one for every further repository that uses a blob.</summary>
    public int Mounts => RepositoryBlobs.Values.Sum(blobs => blobs.Count) - Blobs.Count;

    public long DistinctBytes => Blobs.Values.Sum();

    /// <summary>Distinct manifests of each repository, tagged or child, summed.</summary>
    public int Manifests => Tagged.Concat(Children).Select(image => (image.Name.Repository, image.Manifest.Digest)).Distinct().Count();

    /// <summary>Writes the tree below <paramref name="root"/>.</summary>
    public static SampleTree Build(string root, SampleTreeOptions? options = null) =>
        new SampleTreeWriter(root, options ?? new SampleTreeOptions()).Write();
}

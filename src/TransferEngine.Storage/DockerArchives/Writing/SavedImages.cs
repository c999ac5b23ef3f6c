using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>A blob that came in: what is said of it, and the member that holds its uncompressed content.</summary>
internal sealed record StagedBlob(Descriptor Blob, StagedMember Member);

/// <summary>An image for <c>manifest.json</c>.</summary>
/// <param name="Root">The manifest that its tag named, which may be an index.</param>
/// <param name="Manifest">The image's own manifest.</param>
/// <param name="Config">The member with the config.</param>
/// <param name="Layers">The members with the layers, the lowest first.</param>
internal sealed record TaggedImage(Manifest Root, Manifest Manifest, StagedMember Config, IReadOnlyList<StagedMember> Layers);

/// <summary>Makes images for an archive out of manifests and the blobs that are there for them.</summary>
internal sealed class SavedImages(Func<StagedMember, byte[]> read)
{
    private readonly ConcurrentDictionary<Digest, Manifest> _manifests = new();
    private readonly ConcurrentDictionary<Digest, StagedBlob> _blobs = new();
    private readonly ConcurrentDictionary<(RepositoryName Repository, Tag Tag), TaggedImage> _tags = new();

    /// <summary>In ordinal order of their names.</summary>
    public IEnumerable<((RepositoryName Repository, Tag Tag) Name, TaggedImage Image)> Tags =>
        _tags.OrderBy(entry => entry.Key.Repository).ThenBy(entry => entry.Key.Tag).Select(entry => (entry.Key, entry.Value));

    public IEnumerable<Manifest> Manifests => _manifests.Values;

    public TaggedImage? Find(RepositoryName repository, Tag tag) => _tags.GetValueOrDefault((repository, tag));

    public bool HasManifest(Digest digest) => _manifests.ContainsKey(digest);

    public StagedBlob? FindBlob(Digest digest) => _blobs.GetValueOrDefault(digest);

    public void Add(StagedBlob blob) => _blobs[blob.Blob.Digest] = blob;

    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.TargetBlobUnknown"/>, or for a tag <see cref="ErrorCode.TargetRejected"/>: nothing that an archive could hold.
    /// </exception>
    public void Put(RepositoryName repository, Reference reference, Manifest manifest)
    {
        foreach (var blob in manifest.Blobs.Where(blob => !blob.IsForeign))
            if (!_blobs.ContainsKey(blob.Digest))
                throw Unknown(blob.Digest);
        foreach (var child in manifest.Children)
            if (!_manifests.ContainsKey(child.Digest))
                throw Unknown(child.Digest);
        if (reference.Tag is { } tag)
            _tags[(repository, tag)] = ImageOf(manifest);
        _manifests[manifest.Digest] = manifest;
    }

    private TaggedImage ImageOf(Manifest root)
    {
        var candidates = Leaves(root).Select(manifest => (Manifest: manifest, Config: ConfigOf(manifest))).Where(image => image.Config is not null).ToList();
        // Beside what runs, an index may hold attestations, which are made like images for no platform.
        var images = root.IsIndex ? candidates.FindAll(image => image.Config!.IsRunnable) : candidates;
        return images switch
        {
            [var (manifest, config)] => new TaggedImage(root, manifest, Member(manifest.Blobs[0]), LayersOf(manifest, config!)),
            [] => throw Refused(root, "This is no container image, and a docker archive holds nothing else.", "Use a target that holds every kind of artifact, for example oci:."),
            _ => throw Refused(root, $"The index has {images.Count} images ({string.Join(", ", images.Select(image => image.Config!.Platform))}), and a docker archive holds one.", "Choose it by --platform os/architecture."),
        };
    }

    private IEnumerable<Manifest> Leaves(Manifest manifest) => manifest.IsIndex
        ? manifest.Children.Select(child => child.Digest).Distinct().SelectMany(child => Leaves(_manifests[child]))
        : [manifest];

    private SavedConfig? ConfigOf(Manifest manifest)
    {
        var member = Member(manifest.Blobs[0]);
        return member.Length <= SavedConfig.MaxBytes ? SavedConfig.TryRead(read(member)) : null;
    }

    // What docker would find out by loading, when all the archive is refused for it.
    private List<StagedMember> LayersOf(Manifest manifest, SavedConfig config)
    {
        if (manifest.Blobs.Any(blob => blob.IsForeign))
            throw Refused(manifest, "The image has foreign layers, whose content is not with it.", null);
        var layers = manifest.Blobs.Skip(1).Select(Member).ToList();
        if (layers.Count != config.DiffIds.Count)
            throw Refused(manifest, $"The image has {layers.Count} layers, but its config speaks of {config.DiffIds.Count}.", null);
        for (var i = 0; i < layers.Count; i++)
            if (layers[i].Digest != config.DiffIds[i])
                throw Refused(manifest, $"The layer {manifest.Blobs[i + 1].Digest} unpacks to {layers[i].Digest}, but the image's config gives it the diff_id {config.DiffIds[i]}.", null);
        return layers;
    }

    private StagedMember Member(Descriptor blob) => _blobs.TryGetValue(blob.Digest, out var staged) ? staged.Member : throw Unknown(blob.Digest);

    private static TransferException Unknown(Digest digest) =>
        new(new TransferError(ErrorCode.TargetBlobUnknown, $"The archive does not have {digest} yet.") { Digest = digest });

    private static TransferException Refused(Manifest manifest, string message, string? hint) =>
        new(new TransferError(ErrorCode.TargetRejected, message) { Digest = manifest.Digest, Hint = hint });
}

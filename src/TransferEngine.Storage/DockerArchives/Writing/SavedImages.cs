using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>A blob that came in: what is said of it, and the member that holds its uncompressed content.</summary>
internal sealed record StagedBlob(Descriptor Blob, StagedMember Member);

/// <summary>What is kept of a manifest that was put: not its bytes, which an archive has no place for.</summary>
/// <param name="Digest">Its own.</param>
/// <param name="IsIndex">Whether it is an index.</param>
/// <param name="Blobs">What it names and the archive holds, in order.</param>
/// <param name="Children">The manifests that an index names.</param>
/// <param name="HasForeign">Whether it names layers whose content is not with it.</param>
internal sealed record PutManifest(Digest Digest, bool IsIndex, IReadOnlyList<StagedBlob> Blobs, IReadOnlyList<PutManifest> Children, bool HasForeign);

/// <summary>An image for <c>manifest.json</c>.</summary>
/// <param name="Root">The manifest that its tag named, which may be an index.</param>
/// <param name="Manifest">The image's own manifest.</param>
/// <param name="Config">The member with the config.</param>
/// <param name="Layers">The members with the layers, the lowest first.</param>
internal sealed record TaggedImage(PutManifest Root, PutManifest Manifest, StagedMember Config, IReadOnlyList<StagedMember> Layers);

/// <summary>Makes images for an archive out of manifests and the blobs that are there for them. May be used concurrently.</summary>
internal sealed class SavedImages(Func<StagedMember, byte[]> read)
{
    private readonly ConcurrentDictionary<(RepositoryName Repository, Digest Digest), PutManifest> _manifests = new();
    private readonly ConcurrentDictionary<Digest, StagedBlob> _blobs = new();
    private readonly ConcurrentDictionary<RepositoryName, ConcurrentDictionary<Tag, TaggedImage>> _tags = new();

    /// <summary>In ordinal order of their names.</summary>
    public IEnumerable<((RepositoryName Repository, Tag Tag) Name, TaggedImage Image)> Tags =>
        _tags.OrderBy(repository => repository.Key).SelectMany(repository => repository.Value.OrderBy(tag => tag.Key).Select(tag => ((repository.Key, tag.Key), tag.Value)));

    /// <summary>Digests of all that was put, in whatever repository.</summary>
    public IEnumerable<Digest> Manifests => _manifests.Keys.Select(key => key.Digest).Distinct();

    public IReadOnlyDictionary<Tag, Digest> TagsOf(RepositoryName repository) =>
        _tags.TryGetValue(repository, out var tags) ? tags.ToDictionary(tag => tag.Key, tag => tag.Value.Root.Digest) : new Dictionary<Tag, Digest>();

    public TaggedImage? Find(RepositoryName repository, Tag tag) => _tags.TryGetValue(repository, out var tags) ? tags.GetValueOrDefault(tag) : null;

    public bool HasManifest(RepositoryName repository, Digest digest) => _manifests.ContainsKey((repository, digest));

    public StagedBlob? FindBlob(Digest digest) => _blobs.GetValueOrDefault(digest);

    public void Add(StagedBlob blob) => _blobs[blob.Blob.Digest] = blob;

    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.TargetBlobUnknown"/>, or for a tag <see cref="ErrorCode.TargetRejected"/>: nothing that an archive could hold.
    /// </exception>
    public void Put(RepositoryName repository, Reference reference, Manifest manifest)
    {
        var put = new PutManifest(
            manifest.Digest,
            manifest.IsIndex,
            [.. manifest.Blobs.Where(blob => !blob.IsForeign).Select(blob => _blobs.GetValueOrDefault(blob.Digest) ?? throw Unknown(blob.Digest))],
            [.. manifest.Children.Select(child => child.Digest).Distinct().Select(child => _manifests.GetValueOrDefault((repository, child)) ?? throw Unknown(child))],
            manifest.Blobs.Any(blob => blob.IsForeign));
        if (reference.Tag is { } tag)
            _tags.GetOrAdd(repository, _ => new())[tag] = ImageOf(put);
        _manifests[(repository, manifest.Digest)] = put;
    }

    /// <summary>Forgets what no tagged image needs.</summary>
    /// <returns>The members that are needed.</returns>
    public IReadOnlySet<StagedMember> Tidy()
    {
        var images = Tags.Select(tag => tag.Image).ToList();
        var kept = images.SelectMany(image => new[] { image.Root.Digest, image.Manifest.Digest }).ToHashSet();
        foreach (var key in _manifests.Keys.Where(key => !kept.Contains(key.Digest)))
            _manifests.TryRemove(key, out _);
        var used = images.SelectMany(image => image.Layers.Append(image.Config)).ToHashSet();
        foreach (var (digest, blob) in _blobs)
            if (!used.Contains(blob.Member))
                _blobs.TryRemove(digest, out _);
        return used;
    }

    private TaggedImage ImageOf(PutManifest root)
    {
        var candidates = Leaves(root).Select(manifest => (Manifest: manifest, Config: ConfigOf(manifest))).Where(image => image.Config is not null).ToList();
        // Beside what runs, an index may hold attestations, which are made like images for no platform.
        var images = root.IsIndex ? candidates.FindAll(image => image.Config!.IsRunnable) : candidates;
        return images switch
        {
            [var (manifest, config)] => new TaggedImage(root, manifest, manifest.Blobs[0].Member, LayersOf(manifest, config!)),
            [] => throw Refused(root, "This is no container image, and a docker archive holds nothing else.", "Use a target that holds every kind of artifact, for example oci:."),
            _ => throw Refused(root, $"The index has {images.Count} images ({string.Join(", ", images.Select(image => image.Config!.Platform))}), and a docker archive holds one.", "Choose it by --platform os/architecture."),
        };
    }

    private static IEnumerable<PutManifest> Leaves(PutManifest manifest) => manifest.IsIndex ? manifest.Children.SelectMany(Leaves) : [manifest];

    private SavedConfig? ConfigOf(PutManifest manifest) =>
        manifest.Blobs is [{ Member: { Length: <= SavedConfig.MaxBytes } config }, ..] ? SavedConfig.TryRead(read(config)) : null;

    // What docker would find out by loading, when all the archive is refused for it.
    private static List<StagedMember> LayersOf(PutManifest manifest, SavedConfig config)
    {
        if (manifest.HasForeign)
            throw Refused(manifest, "The image has foreign layers, whose content is not with it.", null);
        var layers = manifest.Blobs.Skip(1).ToList();
        if (layers.Count != config.DiffIds.Count)
            throw Refused(manifest, $"The image has {layers.Count} layers, but its config speaks of {config.DiffIds.Count}.", null);
        for (var i = 0; i < layers.Count; i++)
            if (layers[i].Member.Digest != config.DiffIds[i])
                throw Refused(manifest, $"The layer {layers[i].Blob.Digest} unpacks to {layers[i].Member.Digest}, but the image's config gives it the diff_id {config.DiffIds[i]}.", null);
        return layers.ConvertAll(layer => layer.Member);
    }

    private static TransferException Unknown(Digest digest) =>
        new(new TransferError(ErrorCode.TargetBlobUnknown, $"The archive does not have {digest} yet.") { Digest = digest });

    private static TransferException Refused(PutManifest manifest, string message, string? hint) =>
        new(new TransferError(ErrorCode.TargetRejected, message) { Digest = manifest.Digest, Hint = hint });
}

using System.Text.Json;

namespace TransferEngine.Perf.Trees;

/// <summary>A tag of the tree and the manifest it points at.</summary>
internal sealed record TaggedImage(string Repository, string Tag, StoredManifest Manifest);

/// <summary>A stored manifest: the blobs it names if it is an image, its children if it is an index.</summary>
internal sealed record StoredManifest(
    Blob Self, string MediaType, IReadOnlyList<Blob> Blobs, IReadOnlyList<StoredManifest> Children)
{
    /// <summary>The children, then the manifest itself: the order in which a registry takes them.</summary>
    public IEnumerable<StoredManifest> ChildrenFirst() => Children.SelectMany(child => child.ChildrenFirst()).Append(this);
}

/// <summary>Reads a storage tree that this program wrote. It trusts the tree: it isn't a reader for others' trees.</summary>
internal sealed class TreeReader(string root)
{
    private readonly Dictionary<string, StoredManifest> manifests = [];

    public TreePaths Paths { get; } = new(root);

    /// <summary>All tagged images, by repository and tag in ordinal order.</summary>
    public IReadOnlyList<TaggedImage> ReadImages() =>
        [.. Repositories(Paths.Repositories).Order(StringComparer.Ordinal).SelectMany(TaggedImages)];

    /// <summary>
    /// At least <paramref name="count"/> images: whole repositories, evenly spread, because a repository's images
    /// share layers and half of one would cost more per image than the whole.
    /// </summary>
    public IReadOnlyList<TaggedImage> Sample(int count)
    {
        var repositories = ReadImages().GroupBy(image => image.Repository).Select(group => group.ToArray()).ToArray();
        var total = repositories.Sum(images => images.Length);
        var wanted = (int)Math.Ceiling((double)repositories.Length * Math.Min(count, total) / total);
        return [.. Enumerable.Range(0, wanted).SelectMany(i => repositories[(long)i * repositories.Length / wanted])];
    }

    private IEnumerable<string> Repositories(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "_manifests")))
            yield return Path.GetRelativePath(Paths.Repositories, folder);
        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            if (Path.GetFileName(child).StartsWith('_'))
                continue;
            foreach (var repository in Repositories(child))
                yield return repository;
        }
    }

    private IEnumerable<TaggedImage> TaggedImages(string repository) =>
        Directory.EnumerateDirectories(Paths.Tags(repository))
            .Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal)
            .Select(tag => new TaggedImage(repository, tag, Manifest(File.ReadAllText(Paths.TagLink(repository, tag)))));

    private StoredManifest Manifest(string digest)
    {
        if (manifests.TryGetValue(digest, out var known))
            return known;
        var bytes = File.ReadAllBytes(Paths.Data(digest));
        using var json = JsonDocument.Parse(bytes);
        var manifest = json.RootElement;
        var read = new StoredManifest(
            new Blob(digest, bytes.Length),
            manifest.GetProperty("mediaType").GetString()!,
            manifest.TryGetProperty("layers", out var layers)
                ? [.. layers.EnumerateArray().Append(manifest.GetProperty("config")).Select(AsBlob).DistinctBy(blob => blob.Digest)]
                : [],
            manifest.TryGetProperty("manifests", out var children)
                ? [.. children.EnumerateArray().Select(child => Manifest(AsBlob(child).Digest))]
                : []);
        manifests.Add(digest, read);
        return read;
    }

    private static Blob AsBlob(JsonElement descriptor) =>
        new(descriptor.GetProperty("digest").GetString()!, descriptor.GetProperty("size").GetInt64());
}

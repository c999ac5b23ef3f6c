using System.Globalization;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>One image of a <see cref="SampleTree"/>; without a tag, an untagged revision.</summary>
public sealed record SampleImage(string Repository, string? Tag, Digest Digest);

/// <summary>
/// A plausible storage tree, the same for the same seed: shared base layers, Docker and OCI manifests, multi-arch indexes,
/// nested names, odd tags, several tags on one manifest, untagged revisions. Knows what is in it, so that tests can count.
/// </summary>
public sealed class SampleTree
{
    private static readonly string[] OddTags = ["current", "_x", "link", "index"];

    private readonly Random _random;
    private readonly StorageTreeBuilder _builder;
    private readonly List<SampleImage> _images = [];
    private readonly Dictionary<string, HashSet<Digest>> _blobs = new(StringComparer.Ordinal);
    private readonly int _maxLayer;

    private SampleTree(string root, int seed, int maxLayer)
    {
        _builder = new StorageTreeBuilder(root);
        _random = new Random(seed);
        _maxLayer = maxLayer;
    }

    public string Root => _builder.Root;

    public StorageTreeBuilder Builder => _builder;

    public IEnumerable<SampleImage> Tagged => _images.Where(image => image.Tag is not null);

    public IEnumerable<SampleImage> Untagged => _images.Where(image => image.Tag is null);

    /// <summary>Blobs (configs and layers) of the tagged images, per repository.</summary>
    public IReadOnlyDictionary<string, HashSet<Digest>> BlobsByRepository => _blobs;

    public IReadOnlySet<Digest> DistinctBlobs => _blobs.Values.SelectMany(blobs => blobs).ToHashSet();

    /// <summary>Bytes of <see cref="DistinctBlobs"/>.</summary>
    public long DistinctBytes => DistinctBlobs.Sum(digest => _builder.Sizes[digest]);

    /// <summary>Mounts that a migration needs: one for each repository beyond the first that uses a blob.</summary>
    public int Mounts => _blobs.Values.Sum(blobs => blobs.Count) - DistinctBlobs.Count;

    /// <param name="root">An empty folder.</param>
    /// <param name="repositories">How many repositories.</param>
    /// <param name="tagsPerRepository">Images with tags in each; some have one more tag.</param>
    /// <param name="maxLayer">Largest layer in bytes.</param>
    /// <param name="seed">Another seed, another tree.</param>
    public static SampleTree Build(string root, int repositories = 60, int tagsPerRepository = 9, int maxLayer = 48 * 1024, int seed = 1)
    {
        var tree = new SampleTree(root, seed, maxLayer);
        tree.Build(repositories, tagsPerRepository);
        return tree;
    }

    private void Build(int repositories, int tagsPerRepository)
    {
        var bases = Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 3).Select(_ => Noise()).ToList()).ToList();
        // The layer of 32 bytes that builders write where nothing changed.
        var empty = _builder.AddBlob(Convert.FromHexString("1f8b0800000000000000621805a360148c5800080000ffff2eafb5ef00040000"));
        for (var i = 0; i < repositories; i++)
        {
            var repository = NameOf(i);
            var shared = bases[_random.Next(bases.Count)];
            for (var t = 0; t < tagsPerRepository; t++)
                AddTagged(repository, TagOf(i, t), shared, empty, isOci: i % 3 == 0, isIndex: t == tagsPerRepository - 1 && i % 4 == 0);
            // A second tag on an image that has one, and a revision that lost its tag.
            var first = _images.First(image => image.Repository == repository && image.Tag is not null);
            _builder.Tag(repository, "latest", first.Digest);
            _images.Add(first with { Tag = "latest" });
            if (i % 5 == 0)
                _images.Add(new SampleImage(repository, null, AddImage(repository, null, shared, empty, isOci: true, isCounted: false)));
        }
    }

    private void AddTagged(string repository, string tag, List<Descriptor> shared, Descriptor empty, bool isOci, bool isIndex)
    {
        if (!isIndex)
        {
            _images.Add(new SampleImage(repository, tag, AddImage(repository, tag, shared, empty, isOci, isCounted: true)));
            return;
        }
        var children = Enumerable.Range(0, 2).Select(_ => AddImage(repository, null, shared, empty, isOci, isCounted: true)).ToList();
        _images.Add(new SampleImage(repository, tag, _builder.AddIndex(repository, tag, isOci, children)));
        // Its children are revisions without a tag of their own, too.
        _images.AddRange(children.Select(child => new SampleImage(repository, null, child)));
    }

    private Digest AddImage(string repository, string? tag, List<Descriptor> shared, Descriptor empty, bool isOci, bool isCounted)
    {
        var id = _random.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
        var config = _builder.AddBlob($$"""{"id":"{{id}}","architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]} }""", MediaType.OciConfig);
        // Every manifest names the empty layer twice, as images built from several metadata-only steps do.
        Descriptor[] layers = [.. shared, empty, Noise(), empty];
        if (isCounted)
        {
            if (!_blobs.TryGetValue(repository, out var blobs))
                _blobs.Add(repository, blobs = []);
            blobs.UnionWith(layers.Append(config).Select(blob => blob.Digest));
        }
        return _builder.AddImage(repository, tag, isOci, statesMediaType: !isOci || _random.Next(2) == 0, config, layers);
    }

    private Descriptor Noise()
    {
        var content = new byte[_random.Next(1024, _maxLayer)];
        _random.NextBytes(content);
        return _builder.AddBlob(content);
    }

    private static string NameOf(int i) => (i % 4) switch
    {
        0 => $"team{i / 8}/app{i}",
        1 => $"team{i / 8}/app{i - 1}/worker",
        2 => $"library{i}",
        _ => $"org.example/group_{i}/sub-project/service__{i}",
    };

    private static string TagOf(int repository, int t) => repository == 0 && t < OddTags.Length ? OddTags[t] : $"v1.{t}.{repository}-RC";
}

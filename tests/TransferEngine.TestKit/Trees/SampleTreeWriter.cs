using System.Globalization;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>Writes a <see cref="SampleTree"/>, one repository after the other, and keeps the account of what is in it.</summary>
internal sealed class SampleTreeWriter(string root, SampleTreeOptions options)
{
    // Every client before 2015 made this gzip of an empty tar for each instruction that changed no file.
    private static readonly byte[] EmptyLayer = Convert.FromHexString("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000");

    private static readonly string[] OddTags = ["current", "_x", "link", "index"];

    private readonly StorageTreeBuilder _tree = new(root);
    private readonly Xoshiro256 _random = new(options.Seed);
    private readonly List<SampleImage> _tagged = [];
    private readonly List<SampleImage> _children = [];
    private readonly List<SampleImage> _untagged = [];
    private readonly Dictionary<Digest, long> _blobs = [];
    private readonly Dictionary<RepositoryName, IReadOnlySet<Digest>> _repositoryBlobs = [];
    private readonly List<Descriptor[]> _bases = [];
    private Descriptor _empty = null!;
    private int _ordinal;

    public SampleTree Write()
    {
        _empty = _tree.AddBlob(EmptyLayer);
        for (var i = 0; i < options.BaseImages; i++)
            _bases.Add(NewLayers(1 + (i % 3)));
        ImageSpec? promoted = null;
        for (var r = 0; r < options.Repositories; r++)
        {
            var tags = (options.TaggedImages / options.Repositories) + (r < options.TaggedImages % options.Repositories ? 1 : 0);
            promoted = WriteRepository(r, tags, promoted);
        }
        return new SampleTree
        {
            Root = _tree.Root,
            Tagged = _tagged,
            Children = _children,
            Untagged = _untagged,
            Blobs = _blobs,
            RepositoryBlobs = _repositoryBlobs,
        };
    }

    /// <summary>Returns its first image, which the next repository may promote.</summary>
    private ImageSpec WriteRepository(int r, int tags, ImageSpec? promoted)
    {
        var repository = RepositoryName.Parse(NameOf(r));
        var blobs = new HashSet<Digest>();
        _repositoryBlobs[repository] = blobs;
        ImageSpec? first = null;
        Descriptor? last = null;
        for (var i = 0; i < Math.Max(1, tags - 1); i++, _ordinal++)
        {
            var tag = Tag.Parse(TagOf(r, i, tags));
            if (i == 0 && r % 6 == 1)
                AddOverwritten(repository, tag);
            var spec = i == 0 && r % 12 == 5 ? promoted! : NewImage(_bases[((r * 7) + (i / 4)) % _bases.Count]);
            first ??= spec;
            last = i > 0 && _ordinal % 10 == 6
                ? AddIndex(repository, tag, spec, blobs)
                : Account(blobs, spec, _tree.AddImage(repository.ToString(), tag.ToString(), spec));
            _tagged.Add(new SampleImage(new ImageReference(repository, tag), last));
        }
        if (tags > 1)
        {
            _tree.Tag(repository.ToString(), "latest", last!.Digest);
            _tagged.Add(new SampleImage(new ImageReference(repository, Tag.Parse("latest")), last));
        }
        return first!;
    }

    private Descriptor AddIndex(RepositoryName repository, Tag tag, ImageSpec amd64, HashSet<Digest> blobs)
    {
        var arm64 = NewImage(_bases[_ordinal % _bases.Count]) with { Format = amd64.Format };
        var children = new List<Descriptor>();
        foreach (var spec in new[] { amd64, arm64 })
        {
            var child = Account(blobs, spec, _tree.AddImage(repository.ToString(), tag: null, spec));
            children.Add(child);
            _children.Add(new SampleImage(new ImageReference(repository, child.Digest), child));
        }
        return _tree.AddIndex(repository.ToString(), tag.ToString(), children, amd64.Format);
    }

    /// <summary>An image whose tag is about to be pushed again: its revision stays, and so does the tag's index entry.</summary>
    private void AddOverwritten(RepositoryName repository, Tag tag)
    {
        var old = _tree.AddImage(repository.ToString(), tag.ToString(), NewImage(_bases[0]));
        _untagged.Add(new SampleImage(new ImageReference(repository, old.Digest), old));
    }

    private ImageSpec NewImage(Descriptor[] baseLayers)
    {
        var own = NewLayers((int)_random.Between(1, options.MaxOwnLayers));
        List<Descriptor> layers = [.. baseLayers, .. own];
        if (_ordinal % 7 == 2)
            layers.Insert(baseLayers.Length, _empty);
        if (options.RepeatedLayers && _ordinal % 11 == 3)
            layers.Add(own[0]);
        return new ImageSpec(NewConfig(layers), layers)
        {
            Format = _ordinal % 3 == 0 ? ManifestFormat.Docker : ManifestFormat.Oci,
            OmitMediaType = _ordinal % 3 != 0 && _ordinal % 5 == 0,
        };
    }

    private Descriptor[] NewLayers(int count)
    {
        var layers = new Descriptor[count];
        for (var i = 0; i < count; i++)
        {
            using var content = new RandomStream(_random.NextUInt64(), _random.Between(options.MinLayerBytes, options.MaxLayerBytes));
            layers[i] = _tree.AddBlob(content);
        }
        return layers;
    }

    private Descriptor NewConfig(List<Descriptor> layers)
    {
        var diffIds = string.Join(',', layers.Select(layer => $"\"{layer.Digest}\""));
        return _tree.AddBlob(Encoding.UTF8.GetBytes(
            $$$"""{"architecture":"amd64","os":"linux","config":{"Labels":{"build":"{{{_random.NextUInt64():x16}}}"}},"rootfs":{"type":"layers","diff_ids":[{{{diffIds}}}]}}"""));
    }

    private Descriptor Account(HashSet<Digest> repositoryBlobs, ImageSpec spec, Descriptor manifest)
    {
        foreach (var blob in spec.Layers.Append(spec.Config))
        {
            repositoryBlobs.Add(blob.Digest);
            _blobs[blob.Digest] = blob.Size;
        }
        return manifest;
    }

    private static string TagOf(int r, int i, int tags) =>
        tags == 1 ? "latest" : r == 0 && i < OddTags.Length ? OddTags[i] : $"1.{i / 4}.{i % 4}";

    // Each third of the names nests below the one before it, which is a repository itself.
    private static string NameOf(int r) => string.Create(CultureInfo.InvariantCulture, $"{((r / 3) % 4) switch
    {
        0 => "library/app",
        1 => "team-a/tools.build/job",
        2 => "service",
        _ => "data_lake/etl__stage/step",
    }}{r / 3}{(r % 3) switch { 0 => "", 1 => "/worker", _ => "/worker/debug" }}");
}

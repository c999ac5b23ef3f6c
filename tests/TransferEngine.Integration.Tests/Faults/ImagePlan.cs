using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>An image as it has to arrive: all that is below its tag, and what refers to it.</summary>
internal sealed record PlannedImage(string Repository, string Tag, Descriptor Root, IReadOnlyList<Digest> Manifests, IReadOnlyList<Digest> Blobs)
{
    public string Display => $"{Repository}:{Tag}";

    /// <summary>Whether it is what a client keeps where the registry lists no referrers.</summary>
    public bool IsReferrersList { get; init; }
}

/// <summary>A few images in a few repositories, with layers in common, sometimes an index, sometimes something that refers to one.</summary>
internal sealed class ImagePlan
{
    private readonly List<Action<StorageTreeBuilder>> _steps = [];
    private readonly List<PlannedImage> _images = [];
    private readonly Xoshiro256 _random;
    private readonly Descriptor[] _shared;

    /// <param name="random">Decides.</param>
    /// <param name="isListed">Whether what refers to an image is listed under the fallback tag, as a registry needs it that lists none itself.</param>
    public ImagePlan(Xoshiro256 random, bool isListed)
    {
        _random = random;
        string[] names = ["alpine", "team/app", "team/deep/tool", "x/y1"];
        Repositories = names[..(int)random.Between(2, names.Length)];
        _shared = [.. Enumerable.Range(0, 3).Select(_ => AddLayer())];
        var count = random.Between(3, 8);
        for (var i = 0; i < count; i++)
        {
            var repository = Repositories[i % Repositories.Count];
            var image = random.Between(0, 4) == 0 ? AddIndex(repository, $"multi{i}") : AddImage(repository, $"v{i}");
            _images.Add(random.Between(0, 3) == 0 ? AddReferrer(image, isListed) : image);
        }
    }

    public IReadOnlyList<string> Repositories { get; }

    public IReadOnlyList<PlannedImage> Images => _images;

    public void Write(string root)
    {
        var builder = new StorageTreeBuilder(root);
        foreach (var step in _steps)
            step(builder);
    }

    private PlannedImage AddImage(string repository, string? tag, Descriptor? subject = null)
    {
        var config = AddBlob(Encoding.UTF8.GetBytes(
            $$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"comment":"{{{_random.NextUInt64()}}}"}"""));
        var layers = new List<Descriptor>();
        for (var left = _random.Between(1, 3); left > 0; left--)
            layers.Add(_random.Between(0, 1) == 0 ? _shared[_random.Between(0, _shared.Length - 1)] : AddLayer());
        var spec = new ImageSpec(config, [.. layers.DistinctBy(layer => layer.Digest)]) { Subject = subject };
        _steps.Add(builder => builder.AddImage(repository, tag, spec));
        var manifest = Describe(ManifestWriter.Image(spec), MediaType.OciManifest);
        return new PlannedImage(repository, tag ?? "", manifest, [manifest.Digest], [config.Digest, .. spec.Layers.Select(layer => layer.Digest)]);
    }

    private PlannedImage AddIndex(string repository, string tag)
    {
        PlannedImage[] children = [AddImage(repository, null), AddImage(repository, null)];
        var index = AddManifest(repository, tag, ManifestWriter.Index([.. children.Select(child => child.Root)], ManifestFormat.Oci));
        return new PlannedImage(
            repository, tag, index, [index.Digest, .. children.SelectMany(child => child.Manifests)], [.. children.SelectMany(child => child.Blobs).Distinct()]);
    }

    private PlannedImage AddReferrer(PlannedImage image, bool isListed)
    {
        var referrer = AddImage(image.Repository, null, image.Root);
        if (!isListed)
            return image with { Manifests = [.. image.Manifests, .. referrer.Manifests], Blobs = [.. image.Blobs.Union(referrer.Blobs)] };
        // The list's tag is a tag like any other, and what is below it is its own.
        AddList(image, referrer);
        return image;
    }

    // As clients write it: specification, "Referrers Tag Schema".
    private void AddList(PlannedImage image, PlannedImage referrer)
    {
        var tag = $"sha256-{image.Root.Digest.Hex}";
        var entry = $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{referrer.Root.Digest}}","size":{{referrer.Root.Size}},"artifactType":"{{MediaType.OciConfig}}"}""";
        var list = AddManifest(image.Repository, tag, Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{entry}}]}"""));
        _images.Add(new PlannedImage(image.Repository, tag, list, [list.Digest, .. referrer.Manifests], referrer.Blobs) { IsReferrersList = true });
    }

    private Descriptor AddManifest(string repository, string tag, byte[] bytes)
    {
        _steps.Add(builder => builder.AddManifest(repository, tag, bytes, MediaType.OciIndex));
        return Describe(bytes, MediaType.OciIndex);
    }

    // Of each order of magnitude as many.
    private Descriptor AddLayer()
    {
        var content = new byte[_random.Between(20, 1L << (int)_random.Between(6, 17))];
        _random.Fill(content);
        return AddBlob(content);
    }

    private Descriptor AddBlob(byte[] content)
    {
        _steps.Add(builder => builder.AddBlob(content));
        return Describe(content, "");
    }

    private static Descriptor Describe(byte[] content, string mediaType) => new(mediaType, Digest.OfSha256(content), content.Length);
}

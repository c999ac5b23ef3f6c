using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>What the names in a layout say of one repository.</summary>
/// <param name="name">As found.</param>
/// <param name="path">The layout, for messages.</param>
internal sealed class LayoutRepository(string name, string path)
{
    private readonly Dictionary<string, SourceImage> _tags = new(StringComparer.Ordinal);
    private readonly List<SourceImage> _images = [];
    private readonly HashSet<Digest> _untagged = [];

    public RepositoryName? Repository { get; } = RepositoryName.TryParse(name, out var valid) ? valid : null;

    public SourceRepository Listed => new(name, Repository, Repository is not null ? null
        : new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name, so no registry serves or takes it.")
        {
            Scope = ErrorScope.Repository,
            Path = path,
            Hint = "Give the image another name in the layout, as REPOSITORY:TAG.",
        });

    /// <summary>In the order of the layout: tags, and images with an error.</summary>
    public IReadOnlyList<SourceImage> Tagged => _images;

    /// <summary>Those that have no tag beside.</summary>
    public IEnumerable<Digest> Untagged
    {
        get
        {
            var named = _images.Select(image => image.Digest).OfType<Digest>().ToHashSet();
            return _untagged.Where(digest => !named.Contains(digest));
        }
    }

    public IEnumerable<Digest> Digests => _images.Select(image => image.Digest).OfType<Digest>().Concat(_untagged);

    public SourceImage? Find(Tag tag) => _tags.GetValueOrDefault(tag.ToString());

    public void AddUntagged(Digest digest) => _untagged.Add(digest);

    /// <summary>The first of several that carry one tag keeps it, as for skopeo; the others are errors.</summary>
    public void AddTag(string text, Digest digest)
    {
        if (!Tag.TryParse(text, out var tag))
            AddBroken(text, ErrorCode.TagInvalid, $"'{Printable.Of(text)}' is no valid tag, so no registry serves or takes it.", digest);
        else if (_tags.TryGetValue(text, out var first))
        {
            if (first.Digest != digest)
                AddBroken(digest.ToString(), ErrorCode.TagInvalid, $"Two manifests carry the tag {tag}: {first.Digest} keeps it, this one has none.", digest);
        }
        else
        {
            var image = new SourceImage(text, tag, digest);
            _tags.Add(text, image);
            _images.Add(image);
        }
    }

    public void AddBroken(string image, string code, string message, Digest? digest = null) =>
        _images.Add(new SourceImage(image, null, null, new TransferError(code, message) { Repository = Repository, Digest = digest, Path = path }));
}

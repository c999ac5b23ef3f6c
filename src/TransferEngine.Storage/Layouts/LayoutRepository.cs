using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>What the names in a layout say of one repository.</summary>
/// <param name="name">As found.</param>
/// <param name="path">The layout, for messages.</param>
internal sealed class LayoutRepository(string name, string path)
{
    private readonly Dictionary<string, (SourceImage Image, string? Host)> _tags = new(StringComparer.Ordinal);
    private readonly List<SourceImage> _images = [];
    private readonly Dictionary<Digest, Digest?> _byDigest = [];
    private readonly HashSet<Digest> _nameless = [];

    /// <summary>As found.</summary>
    public string Name => name;

    public RepositoryName? Repository { get; } = RepositoryName.TryParse(name, out var valid) ? valid : null;

    public SourceRepository Listed => new(name, Repository, Repository is not null ? null
        : new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name, so no registry serves or takes it.")
        {
            Scope = ErrorScope.Repository,
            Path = path,
            Hint = "Give the image another name in the layout, as REPOSITORY:TAG.",
        });

    /// <summary>The manifest that all of its names stand for; null if there are several, or none.</summary>
    public Digest? Single => Digests.Distinct().Take(2).ToList() is [var only] ? only : null;

    /// <summary>Entries that have no name at all.</summary>
    public int NamelessCount => _nameless.Count;

    public IEnumerable<Digest> Digests => _images.Select(image => image.Digest).OfType<Digest>().Concat(_byDigest.Keys).Concat(_nameless);

    /// <summary>
    /// In the order of the layout: tags and images with an error, then what is named by its digest, unless it belongs to another manifest of
    /// the layout, which takes it along. With <paramref name="untagged"/> that too, and what has no name.
    /// </summary>
    /// <param name="untagged">Whether all is wanted.</param>
    /// <param name="isHere">Whether the layout has a manifest.</param>
    public IEnumerable<SourceImage> Images(bool untagged, Func<Digest, bool> isHere)
    {
        var tagged = _images.Select(image => image.Digest).OfType<Digest>().ToHashSet();
        var named = _byDigest.Where(image => untagged || image.Value is not { } subject || !isHere(subject)).Select(image => image.Key);
        return _images.Concat((untagged ? named.Union(_nameless) : named).Where(digest => !tagged.Contains(digest)).Select(digest => new SourceImage(digest.ToString(), null, digest)));
    }

    public SourceImage? Find(Tag tag) => _tags.TryGetValue(tag.ToString(), out var found) ? found.Image : null;

    public void AddNameless(Digest digest) => _nameless.Add(digest);

    /// <param name="digest">Its name.</param>
    /// <param name="subject">Whom it refers to.</param>
    public void AddByDigest(Digest digest, Digest? subject) => _byDigest[digest] = subject;

    /// <summary>The first of several that carry one tag keeps it, as for skopeo; the others are errors.</summary>
    /// <param name="text">The tag, valid or not.</param>
    /// <param name="digest">The manifest.</param>
    /// <param name="host">What stood before the name.</param>
    /// <returns>True if it got the tag.</returns>
    /// <exception cref="TransferException"><see cref="ErrorCode.MappingCollision"/>, with <see cref="ErrorScope.Endpoint"/>: two hosts have different images of one name.</exception>
    public bool AddTag(string text, Digest digest, string? host = null)
    {
        if (!Tag.TryParse(text, out var tag))
            AddBroken(text, ErrorCode.TagInvalid, $"'{Printable.Of(text)}' is no valid tag, so no registry serves or takes it.", digest);
        else if (_tags.TryAdd(text, (new SourceImage(text, tag, digest), host)))
        {
            _images.Add(_tags[text].Image);
            return true;
        }
        else if (_tags[text] is var (first, firstHost) && first.Digest != digest)
        {
            if (host is not null && firstHost is not null && host != firstHost)
                throw Collision(tag, firstHost, host);
            AddBroken(digest.ToString(), ErrorCode.TagInvalid, $"Two manifests carry the tag {tag}: {first.Digest} keeps it, this one has none.", digest);
        }
        return false;
    }

    public void AddBroken(string image, string code, string message, Digest? digest = null) =>
        _images.Add(new SourceImage(image, null, null, new TransferError(code, message) { Repository = Repository, Digest = digest, Path = path }));

    private TransferException Collision(Tag tag, string first, string second) => new(new TransferError(ErrorCode.MappingCollision,
        $"Both {Printable.Of(first)} and {Printable.Of(second)} have an image {Printable.Of(name)}:{tag} in the layout, and hosts are left out of the names.")
    {
        Scope = ErrorScope.Endpoint,
        Path = path,
        Hint = $"Take such images one by one, with their name behind the path (:{Printable.Of(second)}/{Printable.Of(name)}:{tag}), and --map to keep them apart.",
    });
}

using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// The repositories and tags that the names in a layout amount to. An entry without a name is, by what its manifest says: a list whose
/// own entries have names, a referrer of another manifest, or an untagged image; the only image of a layout is its <c>latest</c>. What
/// belongs to an image by its kind (<see cref="LayoutCompanion"/>) goes by a tag made of the image's digest, wherever it stands in the index.
/// </summary>
internal sealed class LayoutCatalog
{
    private const int MaxDepth = 4;
    private const int MaxEntries = 1_000_000;

    private readonly LayoutReader _reader;
    private readonly string _defaultRepository;
    private readonly string? _only;
    private readonly bool _keepsHosts;
    private readonly SortedDictionary<string, LayoutRepository> _repositories = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<Digest>> _referrers = [];
    private readonly Dictionary<LayoutEntry, ImageReference> _images = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Digest> _seen = [];
    private readonly List<LayoutEntry> _nameless = [];
    private readonly List<LayoutEntry> _companions = [];
    private readonly List<string> _namesLeftOut = [];
    private int _entries;
    private int _others;

    private LayoutCatalog(LayoutReader reader, string defaultRepository, string? only, bool keepsHosts) =>
        (_reader, _defaultRepository, _only, _keepsHosts) = (reader, defaultRepository, only, keepsHosts);

    public IReadOnlyCollection<LayoutRepository> Repositories => _repositories.Values;

    /// <summary>Entries that only <c>--untagged</c> takes.</summary>
    public int NamelessCount => _repositories.Values.Sum(repository => repository.NamelessCount);

    /// <summary>Entries of kinds that are no image's.</summary>
    public int OthersCount => _others;

    /// <param name="reader">The layout.</param>
    /// <param name="entries">Those of its <c>index.json</c> that count.</param>
    /// <param name="defaultRepository">Whom a tag alone belongs to.</param>
    /// <param name="only">The one name that is wanted, or null.</param>
    /// <param name="keepsHosts">True where names stay in the layout as they are, so that no two hosts collide.</param>
    /// <exception cref="TransferException">Too many entries, no such name, or two hosts with different images of one name, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public static LayoutCatalog Build(LayoutReader reader, IEnumerable<LayoutEntry> entries, string defaultRepository, string? only = null, bool keepsHosts = false)
    {
        var catalog = new LayoutCatalog(reader, defaultRepository, only, keepsHosts);
        catalog.Add(entries.OrderBy(entry => !LayoutCompanion.IsIndex(entry.Kind)), 0);
        if (only is not null)
            catalog.RequireName();
        else if (catalog is { _nameless: [var single], _repositories.Count: 0 })
            catalog.AddTag(single, null, LayoutName.DefaultTag, single.Digest!.Value);
        else
            catalog.AddNameless();
        catalog.AddCompanions();
        return catalog;
    }

    public LayoutRepository? Find(RepositoryName repository) => _repositories.GetValueOrDefault(repository.ToString());

    /// <summary>The image that an entry of <c>index.json</c> is; null if it is none, or another entry is that already.</summary>
    public ImageReference? ImageOf(LayoutEntry entry) => _images.TryGetValue(entry, out var image) ? image : null;

    public IReadOnlyList<Digest> ReferrersOf(Digest subject) => _referrers.GetValueOrDefault(subject) ?? [];

    private void Add(IEnumerable<LayoutEntry> entries, int depth)
    {
        foreach (var entry in entries)
        {
            if (++_entries > MaxEntries)
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"The layout names more than {MaxEntries} manifests.") { Scope = ErrorScope.Endpoint, Path = _reader.Path });
            if (!entry.IsManifest)
                _others++;
            else if (entry.Digest is not { } digest)
                AddNoDigest(entry);
            else if (entry.Companion is { Suffix: null })
                AddReferrer(digest);
            else if (entry.Companion is { } companion && !companion.IsTagOfSome(LayoutName.Parse(entry.Name ?? "").Tag))
                _companions.Add(entry);
            else if (entry.Name is { } name)
                AddNamed(entry, name, digest);
            else if (_seen.Add(digest))
                AddUnnamed(entry, digest, depth);
        }
    }

    private void RequireName()
    {
        if (_repositories.Count > 0)
            return;
        var names = string.Join(", ", _namesLeftOut.Take(5).Select(Printable.Of));
        throw new TransferException(new TransferError(ErrorCode.SourceNotFound, $"The layout has no image named '{Printable.Of(_only)}'.")
        {
            Scope = ErrorScope.Endpoint,
            Path = _reader.Path,
            Hint = names.Length == 0 ? "Its images have no names: leave the name out." : $"Names in it are {names}.",
        });
    }

    private bool IsWanted(string name) => _only is null || name == _only || LayoutName.Parse(name).IsMeantBy(LayoutName.Parse(_only));

    private void AddNoDigest(LayoutEntry entry)
    {
        if (_only is not null && entry.Name != _only)
            return;
        var name = entry.Name is { } text ? LayoutName.Parse(text) : default;
        RepositoryOf(name.Repository).AddBroken(Printable.Of(name.Tag ?? entry.DigestText), ErrorCode.ManifestInvalid, $"The layout's index names it by '{Printable.Of(entry.DigestText)}', which is no digest.");
    }

    private void AddNamed(LayoutEntry entry, string text, Digest digest)
    {
        var name = LayoutName.Parse(text);
        if (!IsWanted(text))
            _namesLeftOut.Add(text);
        else if (name.Digest is { } stated && stated != digest.ToString())
            RepositoryOf(name.Repository).AddBroken(Printable.Of(name.Tag ?? stated), ErrorCode.ManifestDigestMismatch, $"The name says {Printable.Of(stated)}, but the entry is {digest}.", digest);
        else if (name.Tag is { } tag)
        {
            if (entry.Kind is null || !IsPartOfNamed(RepositoryOf(name.Repository), tag, digest))
                AddTag(entry, name.Repository, tag, digest, name.Host);
        }
        else
        {
            var subject = _seen.Add(digest) ? TryRead(digest)?.Subject?.Digest : null;
            if (subject is { } known)
                AddReferrer(known, digest);
            var repository = RepositoryOf(name.Repository);
            repository.AddByDigest(digest, subject);
            if (repository.Repository is { } valid)
                _images[entry] = new ImageReference(valid, digest);
        }
    }

    private void AddTag(LayoutEntry entry, string? repository, string tag, Digest digest, string? host = null)
    {
        var found = RepositoryOf(repository);
        if (found.AddTag(tag, digest, _keepsHosts ? null : host) && found.Repository is { } valid)
            _images[entry] = new ImageReference(valid, Tag.Parse(tag));
    }

    /// <summary>An index, and the images in it, under one name: hauler writes an entry for each.</summary>
    private bool IsPartOfNamed(LayoutRepository repository, string text, Digest digest) =>
        Tag.TryParse(text, out var tag) && repository.Find(tag)?.Digest is { } first && first != digest && TryRead(first) is { } index && index.Children.Any(child => child.Digest == digest);

    private void AddUnnamed(LayoutEntry entry, Digest digest, int depth)
    {
        // What can't be read is an image like others: that it is damaged is found when it is wanted.
        var manifest = TryRead(digest);
        if (manifest?.Subject is { } subject)
            AddReferrer(subject.Digest, digest);
        else if (manifest is { IsIndex: true } && depth < MaxDepth && TryReadNested(manifest) is { } nested && nested.Exists(inner => inner.Name is not null))
            Add(nested, depth + 1);
        else
            _nameless.Add(entry);
    }

    private void AddNameless()
    {
        foreach (var entry in _nameless)
            RepositoryOf(null).AddNameless(entry.Digest!.Value);
    }

    /// <summary>By the tag that the image gives it whose name it has; one without a name belongs to the only image that there is.</summary>
    private void AddCompanions()
    {
        var (where, only) = _repositories is { Count: 1 } && _repositories.First().Value is { Single: { } single } repository ? (repository, single) : ((LayoutRepository?)null, (Digest?)null);
        foreach (var entry in _companions.Where(entry => entry.Name is null || IsWanted(entry.Name)))
        {
            var name = entry.Name is { } text ? LayoutName.Parse(text) : default;
            var found = entry.Name is null ? where : _repositories.GetValueOrDefault(name.Repository ?? _defaultRepository);
            var named = entry.Name is null ? only : Tag.TryParse(name.Tag, out var tag) ? found?.Find(tag)?.Digest : Digest.TryParse(name.Digest, out var digest) ? digest : null;
            if (found is not null && (entry.Companion!.Subject ?? named) is { } subject)
                AddTag(entry, found.Name, entry.Companion.TagFor(subject), entry.Digest!.Value);
            else if (_only is null && _seen.Add(entry.Digest!.Value))
                RepositoryOf(null).AddNameless(entry.Digest.Value);
        }
    }

    private void AddReferrer(Digest digest)
    {
        if (!_seen.Add(digest))
            return;
        if (TryRead(digest)?.Subject is { } subject)
            AddReferrer(subject.Digest, digest);
        else
            _others++;
    }

    private void AddReferrer(Digest subject, Digest referrer)
    {
        if (!_referrers.TryGetValue(subject, out var referrers))
            _referrers.Add(subject, referrers = []);
        referrers.Add(referrer);
    }

    private Manifest? TryRead(Digest digest)
    {
        try
        {
            return _reader.ReadManifest(digest);
        }
        catch (TransferException)
        {
            return null;
        }
    }

    private List<LayoutEntry>? TryReadNested(Manifest index)
    {
        try
        {
            return _reader.ReadNested(index);
        }
        catch (TransferException)
        {
            return null;
        }
    }

    private LayoutRepository RepositoryOf(string? name)
    {
        name ??= _defaultRepository;
        if (!_repositories.TryGetValue(name, out var repository))
            _repositories.Add(name, repository = new LayoutRepository(name, _reader.Path));
        return repository;
    }
}

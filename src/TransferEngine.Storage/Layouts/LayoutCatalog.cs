using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// The repositories and tags that the names in a layout amount to. An entry without a name is, by what its manifest says: a list whose
/// own entries have names, a referrer of another manifest, or an untagged image; the only image of a layout is its <c>latest</c>.
/// </summary>
internal sealed class LayoutCatalog
{
    private const int MaxDepth = 4;
    private const int MaxEntries = 1_000_000;

    private readonly LayoutReader _reader;
    private readonly string _defaultRepository;
    private readonly string? _only;
    private readonly SortedDictionary<string, LayoutRepository> _repositories = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<Digest>> _referrers = [];
    private readonly HashSet<Digest> _seen = [];
    private readonly List<Digest> _unnamed = [];
    private readonly List<string> _namesLeftOut = [];
    private int _entries;
    private int _others;

    private LayoutCatalog(LayoutReader reader, string defaultRepository, string? only) =>
        (_reader, _defaultRepository, _only) = (reader, defaultRepository, only);

    public IReadOnlyCollection<LayoutRepository> Repositories => _repositories.Values;

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Notes => _others == 0 ? []
        : [$"Left out of the layout, as neither manifest nor index: {_others} {(_others == 1 ? "entry" : "entries")}."];

    /// <param name="reader">The layout.</param>
    /// <param name="entries">Those of its <c>index.json</c> that count.</param>
    /// <param name="defaultRepository">Whom a tag alone belongs to.</param>
    /// <param name="only">The one name that is wanted, or null.</param>
    /// <exception cref="TransferException">Too many entries, or no such name, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public static LayoutCatalog Build(LayoutReader reader, IEnumerable<LayoutEntry> entries, string defaultRepository, string? only = null)
    {
        var catalog = new LayoutCatalog(reader, defaultRepository, only);
        catalog.Add(entries, 0);
        if (only is not null)
            catalog.RequireName();
        else if (catalog is { _unnamed: [var single], _repositories.Count: 0 })
            catalog.RepositoryOf(null).AddTag(LayoutName.DefaultTag, single);
        else
            foreach (var digest in catalog._unnamed)
                catalog.RepositoryOf(null).AddUntagged(digest);
        return catalog;
    }

    public LayoutRepository? Find(RepositoryName repository) => _repositories.GetValueOrDefault(repository.ToString());

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
            else if (entry.Name is { } name)
                AddNamed(name, digest);
            else if (_seen.Add(digest))
                AddUnnamed(digest, depth);
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

    private void AddNoDigest(LayoutEntry entry)
    {
        if (_only is not null && entry.Name != _only)
            return;
        var name = entry.Name is { } text ? LayoutName.Parse(text) : default;
        RepositoryOf(name.Repository).AddBroken(Printable.Of(name.Tag ?? entry.DigestText), ErrorCode.ManifestInvalid, $"The layout's index names it by '{Printable.Of(entry.DigestText)}', which is no digest.");
    }

    private void AddNamed(string text, Digest digest)
    {
        var name = LayoutName.Parse(text);
        if (_only is not null && text != _only && name != LayoutName.Parse(_only))
        {
            _namesLeftOut.Add(text);
            return;
        }
        var repository = RepositoryOf(name.Repository);
        if (name.Digest is { } stated && stated != digest.ToString())
            repository.AddBroken(Printable.Of(name.Tag ?? stated), ErrorCode.ManifestDigestMismatch, $"The name says {Printable.Of(stated)}, but the entry is {digest}.", digest);
        else if (name.Tag is { } tag)
            repository.AddTag(tag, digest);
        else
        {
            repository.AddUntagged(digest);
            if (_seen.Add(digest) && TryRead(digest)?.Subject is { } subject)
                AddReferrer(subject.Digest, digest);
        }
    }

    private void AddUnnamed(Digest digest, int depth)
    {
        // What can't be read is an image like others: that it is damaged is found when it is wanted.
        var manifest = TryRead(digest);
        if (manifest?.Subject is { } subject)
            AddReferrer(subject.Digest, digest);
        else if (manifest is { IsIndex: true } && depth < MaxDepth && TryReadNested(manifest) is { } nested && nested.Exists(entry => entry.Name is not null))
            Add(nested, depth + 1);
        else
            _unnamed.Add(digest);
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

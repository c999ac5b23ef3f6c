using System.Runtime.InteropServices;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// The index of a layout that is being written: the entries that were there, as they were, and those that were put. By digest a registry
/// is given children of indexes, referrers and untagged images alike; which it is shows when the index is written. Not for concurrent use.
/// </summary>
/// <param name="maxBytes">How large it may get.</param>
internal sealed class LayoutIndex(long maxBytes = LayoutReader.MaxIndexBytes)
{
    // What an entry that is put takes, but for its name: its type, its digest and size, the braces and the annotation.
    private const int EntryBytes = 384;

    private readonly List<LayoutSlot> _slots = [];
    private readonly Dictionary<RepositoryName, Content> _repositories = [];

    // The only image of a layout, which has no name yet because it needed none, and what belongs to it.
    private readonly List<(LayoutSlot Slot, string Name)> _unnamed = [];
    private int _kept;
    private long _bytes;

    /// <summary>Whether anything has changed since it was read.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Whether one more entry would make it larger than it may get.</summary>
    public bool IsFull => _bytes >= maxBytes - (EntryBytes + RepositoryName.MaxLength);

    public IReadOnlyDictionary<Tag, Digest>? TagsOf(RepositoryName repository) =>
        _repositories.GetValueOrDefault(repository)?.Tags.ToDictionary(pair => pair.Key, pair => pair.Value.Digest);

    public Digest? Find(RepositoryName repository, Reference reference) => _repositories.GetValueOrDefault(repository) is not { } content ? null
        : reference.Tag is { } tag ? content.Tags.GetValueOrDefault(tag)?.Digest
        : content.Manifests.Contains(reference.Digest!.Value) ? reference.Digest : null;

    /// <summary>Takes over an entry that the layout has.</summary>
    /// <param name="entry">As it is written.</param>
    /// <param name="image">Which image it is; null if none, or if another entry is that already.</param>
    public void Keep(LayoutEntry entry, ImageReference? image)
    {
        var slot = new LayoutSlot(entry);
        _slots.Add(slot);
        _kept++;
        _bytes += JsonMarshal.GetRawUtf8Value(entry.Json).Length + 1;
        if (image is not { } name || entry.Digest is not { } digest)
            return;
        var content = Of(name.Repository);
        content.Manifests.Add(digest);
        if (name.Reference.Tag is { } tag && content.Tags.TryAdd(tag, slot) && slot.Name is null)
            _unnamed.Add((slot, LayoutName.Of(name.Repository, tag)));
    }

    /// <summary>Notes that a repository has a manifest without any entry of its own: through an index, or as a referrer.</summary>
    public void Know(RepositoryName repository, Digest digest, IEnumerable<Digest> children)
    {
        var content = Of(repository);
        content.Manifests.Add(digest);
        content.Children.UnionWith(children);
    }

    public void Put(RepositoryName repository, Reference reference, Manifest manifest)
    {
        var content = Of(repository);
        content.Manifests.Add(manifest.Digest);
        foreach (var child in manifest.Children)
        {
            content.Manifests.Add(child.Digest);
            content.Children.Add(child.Digest);
        }
        IsChanged = true;
        _unnamed.ForEach(static image => image.Slot.GiveName(image.Name));
        _unnamed.Clear();
        if (reference.Tag is not { } tag)
        {
            if (content.Loose.TryAdd(manifest.Digest, new LayoutSlot(manifest, null)))
                _bytes += EntryBytes + repository.ToString().Length;
        }
        else if (!content.Tags.TryGetValue(tag, out var slot))
        {
            _bytes += EntryBytes + repository.ToString().Length;
            content.Tags.Add(tag, slot = new LayoutSlot(manifest, LayoutName.Of(repository, tag)));
            _slots.Add(slot);
        }
        else if (slot.Digest != manifest.Digest)
            slot.Replace(manifest, LayoutName.Of(repository, tag));
    }

    /// <summary>
    /// The entries: those that were there, as of two with one name the first keeps it; then those that were put, by their names, so that
    /// the same images give the same index; those without a name last.
    /// </summary>
    public IEnumerable<LayoutSlot> Slots()
    {
        var slots = _slots.Skip(_kept).ToList();
        var unnamed = _slots.Where(slot => slot.Name is null).Select(slot => slot.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var (repository, content) in _repositories)
            foreach (var loose in content.Loose.Values)
            {
                if (content.Children.Contains(loose.Digest))
                    continue;
                if (loose.Subject is not { } subject || !content.Manifests.Contains(subject))
                    slots.Add(loose.Named(LayoutName.Of(repository, loose.Digest)));
                else if (unnamed.Add(loose.Text))
                    slots.Add(loose);
            }
        slots.Sort(static (left, right) => string.CompareOrdinal(left.Name ?? left.Text, right.Name ?? right.Text));
        return _slots.Take(_kept).Concat(slots).OrderBy(slot => slot.Name is null);
    }

    private Content Of(RepositoryName repository)
    {
        if (!_repositories.TryGetValue(repository, out var content))
            _repositories.Add(repository, content = new Content());
        return content;
    }

    private sealed class Content
    {
        public Dictionary<Tag, LayoutSlot> Tags { get; } = [];

        /// <summary>Put by digest.</summary>
        public Dictionary<Digest, LayoutSlot> Loose { get; } = [];

        /// <summary>All that it has by digest.</summary>
        public HashSet<Digest> Manifests { get; } = [];

        /// <summary>What an index of it names, so that no entry of its own is needed.</summary>
        public HashSet<Digest> Children { get; } = [];
    }
}

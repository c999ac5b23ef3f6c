using TransferEngine.Blobs;
using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// Which blobs of one target repository are in place, on their way, or wanted by which image. Each blob is asked for
/// once, however many images of the repository share it.
/// </summary>
internal sealed class BlobLedger
{
    private readonly Dictionary<Digest, PlacedBlob> _inPlace = [];
    private readonly Dictionary<Digest, UnderWay> _underWay = [];
    private readonly Dictionary<IActorRef, Want> _latest = [];
    private long _asked;

    private sealed class UnderWay
    {
        public List<Want> Wants { get; } = [];

        public BlobProtocol.PlaceBlob? Request { get; set; }
    }

    /// <summary>What was asked for and not answered yet.</summary>
    public IEnumerable<BlobProtocol.PlaceBlob> Unanswered => _underWay.Values.Select(blob => blob.Request).OfType<BlobProtocol.PlaceBlob>();

    /// <summary>Keeps the request that was made for a missing blob, under an id that no other one had.</summary>
    public BlobProtocol.PlaceBlob Note(Digest digest, Func<long, BlobProtocol.PlaceBlob> requestOf) => _underWay[digest].Request = requestOf(++_asked);

    /// <summary>
    /// Notes what an image needs. Returns those blobs that nobody has asked for yet, and the answer if the needs are met already. The same
    /// needs once more are answered once more; a recheck asks again for what was thought to be in place.
    /// </summary>
    public (IReadOnlyList<Descriptor> Missing, RepositoryProtocol.NeedsMet? Met) Need(IActorRef image, RepositoryProtocol.ImageNeeds needs)
    {
        if (_latest.TryGetValue(image, out var latest) && latest.Id >= needs.Id)
            return ([], latest.Id == needs.Id && latest.Open == 0 ? latest.Outcome : null);
        var want = _latest[image] = new Want(image, needs.Id);
        var missing = new List<Descriptor>();
        foreach (var blob in needs.Blobs)
        {
            if (needs.Recheck)
                _inPlace.Remove(blob.Digest);
            if (_inPlace.TryGetValue(blob.Digest, out var placed))
            {
                want.Note(placed);
                continue;
            }
            if (!_underWay.TryGetValue(blob.Digest, out var known))
            {
                _underWay.Add(blob.Digest, known = new UnderWay());
                missing.Add(blob);
            }
            known.Wants.Add(want);
            want.Open++;
        }
        return (missing, want.Open == 0 ? want.Outcome : null);
    }

    /// <summary>An image has come to its end: it needs nothing any more.</summary>
    public void Forget(IActorRef image) => _latest.Remove(image);

    /// <summary>A blob has arrived: returns the images whose last open blob it was, with what they are to be told.</summary>
    public IEnumerable<(IActorRef Image, RepositoryProtocol.NeedsMet Outcome)> Settle(long id, PlacedBlob placed)
    {
        if (!IsOpen(id, placed.Digest))
            return [];
        _inPlace[placed.Digest] = placed;
        return Settle(placed.Digest, want => want.Note(placed));
    }

    /// <summary>A blob won't arrive.</summary>
    public IEnumerable<(IActorRef Image, RepositoryProtocol.NeedsMet Outcome)> Settle(long id, Digest digest, TransferError error) =>
        IsOpen(id, digest) ? Settle(digest, want => want.Error ??= error) : [];

    // An answer that comes late, or twice, may be about what was known before the blob was looked at again.
    private bool IsOpen(long id, Digest digest) => _underWay.TryGetValue(digest, out var blob) && blob.Request?.Id == id;

    private List<(IActorRef, RepositoryProtocol.NeedsMet)> Settle(Digest digest, Action<Want> note)
    {
        var settled = new List<(IActorRef, RepositoryProtocol.NeedsMet)>();
        if (!_underWay.Remove(digest, out var blob))
            return settled;
        foreach (var want in blob.Wants)
        {
            note(want);
            if (--want.Open == 0)
                settled.Add((want.Image, want.Outcome));
        }
        return settled;
    }

    private sealed class Want(IActorRef image, long id)
    {
        private bool _wasLacking;
        private Dictionary<Digest, long>? _lengths;

        public long Id { get; } = id;

        public IActorRef Image { get; } = image;

        public int Open { get; set; }

        public TransferError? Error { get; set; }

        public RepositoryProtocol.NeedsMet Outcome => new(Id, Error, _wasLacking, _lengths);

        public void Note(PlacedBlob placed)
        {
            _wasLacking |= !placed.WasThere;
            if (placed.OtherLength is { } length)
                (_lengths ??= [])[placed.Digest] = length;
        }
    }
}

/// <summary>How a blob came to be in place.</summary>
/// <param name="Digest">Which.</param>
/// <param name="WasThere">The target's repository had it before this run.</param>
/// <param name="OtherLength">Its length in bytes, where that is not the size which the manifest that asked for it states.</param>
internal readonly record struct PlacedBlob(Digest Digest, bool WasThere, long? OtherLength);

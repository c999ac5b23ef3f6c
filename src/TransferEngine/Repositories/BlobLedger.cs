using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// Which blobs of one target repository are in place, on their way, or wanted by which image. Each blob is asked for
/// once, however many images of the repository share it.
/// </summary>
internal sealed class BlobLedger
{
    private readonly HashSet<Digest> _inPlace = [];
    private readonly Dictionary<Digest, List<Want>> _underWay = [];

    /// <summary>
    /// Notes that an image needs the blobs. Returns those that nobody has asked for yet, and whether the image need not wait.
    /// With <paramref name="recheck"/>, what was thought to be in place is asked for again.
    /// </summary>
    public (IReadOnlyList<Descriptor> Missing, bool IsMet) Need(IActorRef image, IReadOnlyList<Descriptor> blobs, bool recheck)
    {
        var want = new Want(image);
        var missing = new List<Descriptor>();
        foreach (var blob in blobs)
        {
            if (recheck)
                _inPlace.Remove(blob.Digest);
            if (_inPlace.Contains(blob.Digest))
                continue;
            if (!_underWay.TryGetValue(blob.Digest, out var wants))
            {
                _underWay.Add(blob.Digest, wants = []);
                missing.Add(blob);
            }
            wants.Add(want);
            want.Open++;
        }
        return (missing, want.Open == 0);
    }

    /// <summary>A blob has arrived, or won't: returns the images whose last open blob it was, with what they are to be told.</summary>
    public IEnumerable<(IActorRef Image, TransferError? Error)> Settle(Digest digest, TransferError? error)
    {
        if (error is null)
            _inPlace.Add(digest);
        if (!_underWay.Remove(digest, out var wants))
            yield break;
        foreach (var want in wants)
        {
            want.Error ??= error;
            if (--want.Open == 0)
                yield return (want.Image, want.Error);
        }
    }

    private sealed class Want(IActorRef image)
    {
        public IActorRef Image { get; } = image;

        public int Open { get; set; }

        public TransferError? Error { get; set; }
    }
}

using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>Somebody wants a blob in a repository.</summary>
/// <param name="Place">What is wanted.</param>
/// <param name="Asker">Who is to be told.</param>
internal sealed record BlobClaim(PlaceBlob Place, IActorRef Asker)
{
    /// <summary>The same request, asked again.</summary>
    public bool IsSame(BlobClaim other) => Place.Id == other.Place.Id && Asker.Equals(other.Asker);
}

/// <summary>What an entry of the directory decides, done by the partition that holds it.</summary>
internal interface IBlobWork
{
    /// <summary>Ask the target whether the repository has the blob.</summary>
    void Check(BlobClaim claim);

    /// <summary>Ask the target to mount it, so many bytes if that is known.</summary>
    void Mount(BlobClaim claim, RepositoryName from, long? length);

    /// <summary>Have it uploaded.</summary>
    void Push(BlobClaim claim, UploadSession? session);

    /// <summary>The blob is there by now.</summary>
    void Located(Digest digest, BlobLocation location, bool isUploaded);

    void Answer(BlobClaim claim, PlacedBlob placed);

    void Answer(BlobClaim claim, TransferError error);

    /// <summary>What tells one copy of the content from another at the source.</summary>
    string ContentOf(PlaceBlob place);
}

/// <summary>
/// Gets one blob into every repository that asks: the first gets it uploaded (or is found to have it), all others wait and
/// then have it mounted from there. A refused mount becomes an upload. Sizes that manifests state are hints: what counts is the length that
/// the source has. Decides, and does nothing itself: no clock, no actor, no request.
/// </summary>
internal sealed class BlobEntry(Digest digest, BlobLocation? location, IBlobWork work)
{
    private readonly List<BlobClaim> _waiting = [];
    private readonly List<BlobClaim> _working = [];
    private BlobLocation? _location = location;
    private long? _length = location?.Length;
    private bool _isLocating;


    /// <summary>Whether all that was asked for is answered.</summary>
    public bool IsIdle => _waiting.Count == 0 && _working.Count == 0;

    /// <summary>A request, or the same one again, which changes nothing while it is under way.</summary>
    public void Ask(BlobClaim claim)
    {
        if (_working.Exists(claim.IsSame) || _waiting.Exists(claim.IsSame))
            return;
        if (claim.Place.Recheck && IsIdle)
            _location = null;
        _waiting.Add(claim);
        Proceed();
    }

    /// <summary>What the target said of the blob: its length there, or null.</summary>
    public void OnChecked(BlobClaim claim, long? length)
    {
        if (length is null)
        {
            // Look at the place again: it may have become known while this request was out.
            if (IsOpen(claim))
                MountOrPush(claim);
            return;
        }
        _length = length;
        Locate(claim.Place.Target, isUploaded: false, wasThere: true);
        Answer(claim, wasThere: true);
    }

    public void OnMounted(BlobClaim claim, MountResult result)
    {
        if (result.IsMounted)
        {
            Locate(claim.Place.Target, isUploaded: false, wasThere: false);
            Answer(claim, wasThere: false);
            return;
        }
        // Where only the journal said that it is there, nobody else need try that.
        if (_location is { IsSure: false })
            _location = null;
        if (IsOpen(claim))
            work.Push(claim, result.Session);
    }

    public void OnPushed(BlobClaim claim, BlobOutcome outcome)
    {
        if (outcome.Error is { } error)
        {
            OnFailed(claim, error, outcome.IsSourceFault);
            return;
        }
        _length = outcome.Length;
        Locate(claim.Place.Target, isUploaded: true, wasThere: false);
        Answer(claim, wasThere: false);
    }

    /// <summary>
    /// What is wrong with the content that the source has is wrong for all who would read the same; what the target says of the blob
    /// itself holds for all; a repository's refusal is its own.
    /// </summary>
    public void OnFailed(BlobClaim claim, TransferError error, bool isAtSource = false)
    {
        if (_location is not { IsSure: true } && error.Scope is ErrorScope.Blob or ErrorScope.Endpoint)
        {
            var content = isAtSource && error.Scope == ErrorScope.Blob ? work.ContentOf(claim.Place) : null;
            foreach (var same in _waiting.Where(other => content is null || work.ContentOf(other.Place) == content).ToList())
            {
                _waiting.Remove(same);
                work.Answer(same, error);
            }
        }
        if (Settle(claim))
            work.Answer(claim, error);
        Proceed();
    }

    /// <summary>Nobody can go on with this blob: all who wait are told.</summary>
    public void Abandon(TransferError error)
    {
        foreach (var claim in _working.Concat(_waiting))
            work.Answer(claim, error);
        _working.Clear();
        _waiting.Clear();
        _isLocating = false;
    }

    /// <summary>
    /// While nobody knows a place for sure, one request at a time goes ahead; once there is one, all go at once, but never two for one
    /// repository.
    /// </summary>
    private void Proceed()
    {
        while (!_isLocating && TakeNext() is { } claim)
        {
            _working.Add(claim);
            var place = claim.Place;
            if (place.Recheck && _location?.Repository == place.Target)
                _location = null;
            _isLocating = _location is not { IsSure: true };
            if (_location is { IsSure: true } here && here.Repository == place.Target)
                Answer(claim, here.WasThere);
            else if (place.MayBeThere || _location?.Repository == place.Target)
                work.Check(claim);
            else
                MountOrPush(claim);
        }
    }

    private BlobClaim? TakeNext()
    {
        var index = _waiting.FindIndex(claim => !_working.Exists(other => other.Place.Target == claim.Place.Target));
        if (index < 0)
            return null;
        var next = _waiting[index];
        _waiting.RemoveAt(index);
        return next;
    }

    private void MountOrPush(BlobClaim claim)
    {
        if (_location is { } from && from.Repository != claim.Place.Target)
            work.Mount(claim, from.Repository, _length);
        else
            work.Push(claim, null);
    }

    private void Locate(RepositoryName target, bool isUploaded, bool wasThere)
    {
        var found = new BlobLocation(target, IsSure: true, wasThere, _length);
        if (_location is not { IsSure: true })
            _location = found;
        work.Located(digest, found, isUploaded);
    }

    private void Answer(BlobClaim claim, bool wasThere)
    {
        if (Settle(claim))
            work.Answer(claim, new PlacedBlob(digest, wasThere, _length == claim.Place.Blob.Size ? null : _length));
        Proceed();
    }

    private bool IsOpen(BlobClaim claim) => _working.Exists(claim.IsSame);

    // False for what came back of a claim that was answered already.
    private bool Settle(BlobClaim claim)
    {
        if (_working.RemoveAll(claim.IsSame) == 0)
            return false;
        _isLocating = false;
        return true;
    }
}

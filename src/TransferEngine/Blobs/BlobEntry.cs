using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>Somebody wants a blob in a repository.</summary>
/// <param name="Place">What is wanted.</param>
/// <param name="Asker">Who is to be told.</param>
/// <param name="Step">The command that is under way for it: what comes back of an earlier one, or of one that is done, is no news.</param>
internal sealed record BlobClaim(PlaceBlob Place, IActorRef Asker, long Step = 0)
{
    /// <summary>The same request, asked again.</summary>
    public bool IsSame(BlobClaim other) => Place.Id == other.Place.Id && Asker.Equals(other.Asker);
}

/// <summary>What an entry of the directory decides, done by the partition that holds it.</summary>
internal interface IBlobWork
{
    /// <summary>A number that no other command of the directory's has.</summary>
    long NextStep();

    /// <summary>Have the asker's crew do this, or say once more what came of it.</summary>
    void Send(IBlobCommand command);

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
    private readonly List<IBlobCommand> _underWay = [];
    private BlobLocation? _location = location;
    private long? _length = location?.Length;
    private bool _isLocating;

    /// <summary>Whether all that was asked for is answered.</summary>
    public bool IsIdle => _waiting.Count == 0 && _underWay.Count == 0;

    /// <summary>A request, or the same one again: then whatever it waits for may have been lost, and is asked for again too.</summary>
    public void Ask(BlobClaim claim)
    {
        if (_waiting.Exists(claim.IsSame) || _underWay.Exists(command => command.Claim.IsSame(claim)))
        {
            foreach (var command in _underWay.Where(command => IsAheadOf(command.Claim, claim)).ToList())
                work.Send(command);
            return;
        }
        if (claim.Place.Recheck && IsIdle)
            _location = null;
        _waiting.Add(claim);
        Proceed();
    }

    /// <summary>What the target said of the blob: its length there, or null.</summary>
    public void OnChecked(BlobClaim claim, long? length)
    {
        if (!IsUnderWay(claim))
            return;
        if (length is null)
        {
            // Look at the place again: it may have become known while this request was out.
            MountOrPush(claim);
            return;
        }
        _length = length;
        Locate(claim.Place.Target, isUploaded: false, wasThere: true);
        Answer(claim, wasThere: true);
    }

    public void OnMounted(BlobClaim claim, MountResult result)
    {
        if (!IsUnderWay(claim))
            return;
        if (result.IsMounted)
        {
            Locate(claim.Place.Target, isUploaded: false, wasThere: false);
            Answer(claim, wasThere: false);
            return;
        }
        // Where only the journal said that it is there, nobody else need try that.
        if (_location is { IsSure: false })
            _location = null;
        Push(claim, result.Session);
    }

    public void OnPushed(BlobClaim claim, BlobOutcome outcome)
    {
        if (!IsUnderWay(claim))
            return;
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
        if (!IsUnderWay(claim))
            return;
        if (_location is not { IsSure: true } && error.Scope is ErrorScope.Blob or ErrorScope.Endpoint)
        {
            var content = isAtSource && error.Scope == ErrorScope.Blob ? work.ContentOf(claim.Place) : null;
            foreach (var same in _waiting.Where(other => content is null || work.ContentOf(other.Place) == content).ToList())
            {
                _waiting.Remove(same);
                work.Answer(same, error);
            }
        }
        Settle(claim);
        work.Answer(claim, error);
        Proceed();
    }

    /// <summary>Nobody can go on with this blob: all who wait are told.</summary>
    public void Abandon(TransferError error)
    {
        foreach (var claim in _underWay.Select(command => command.Claim).Concat(_waiting))
            work.Answer(claim, error);
        _underWay.Clear();
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
            var place = claim.Place;
            if (place.Recheck && _location?.Repository == place.Target)
                _location = null;
            _isLocating = _location is not { IsSure: true };
            if (_location is { IsSure: true } here && here.Repository == place.Target)
                work.Answer(claim, PlacedFor(claim, here.WasThere));
            else if (place.MayBeThere || _location?.Repository == place.Target)
                Send(new CheckBlob(NextStepOf(claim)));
            else
                MountOrPush(claim);
        }
    }

    private BlobClaim? TakeNext()
    {
        var index = _waiting.FindIndex(claim => !_underWay.Exists(other => other.Claim.Place.Target == claim.Place.Target));
        if (index < 0)
            return null;
        var next = _waiting[index];
        _waiting.RemoveAt(index);
        return next;
    }

    private void MountOrPush(BlobClaim claim)
    {
        if (_location is { } from && from.Repository != claim.Place.Target)
            Send(new MountBlob(NextStepOf(claim), from.Repository, _length));
        else
            Push(claim, null);
    }

    private void Push(BlobClaim claim, UploadSession? session) => Send(new PusherProtocol.PushBlob(NextStepOf(claim), session));

    private BlobClaim NextStepOf(BlobClaim claim) => claim with { Step = work.NextStep() };

    // A claim has one command under way.
    private void Send(IBlobCommand command)
    {
        _underWay.RemoveAll(earlier => earlier.Claim.IsSame(command.Claim));
        _underWay.Add(command);
        work.Send(command);
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
        Settle(claim);
        work.Answer(claim, PlacedFor(claim, wasThere));
        Proceed();
    }

    private PlacedBlob PlacedFor(BlobClaim claim, bool wasThere) => new(digest, wasThere, _length == claim.Place.Blob.Size ? null : _length);

    // False for what came back of a command before this one, or came back twice.
    private bool IsUnderWay(BlobClaim claim) => _underWay.Exists(command => command.Claim.Step == claim.Step && command.Claim.IsSame(claim));

    // What a claim waits for: its own command, or one that it may not overtake.
    private bool IsAheadOf(BlobClaim working, BlobClaim claim) => working.IsSame(claim)
        || (_waiting.Exists(claim.IsSame) && (_isLocating || working.Place.Target == claim.Place.Target));

    private void Settle(BlobClaim claim)
    {
        _underWay.RemoveAll(command => command.Claim.IsSame(claim));
        _isLocating = false;
    }
}

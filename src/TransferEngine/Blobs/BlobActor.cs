using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>
/// Gets one blob into every repository that asks: the first gets it uploaded (or is found to have it), all others wait and
/// then have it mounted from there. A refused mount becomes an upload.
/// </summary>
internal sealed class BlobActor : UntypedActor
{
    private readonly MigrationContext _context;
    private readonly IActorRef _crew;
    private readonly Descriptor _blob;
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<(PlaceBlob Place, IActorRef Asker)> _waiting = new();
    private readonly List<(PlaceBlob Place, IActorRef Asker)> _working = [];
    private RepositoryName? _location;
    private bool _isLocating;
    private int _answered;

    public BlobActor(MigrationContext context, IActorRef crew, Descriptor blob, RepositoryName? location)
    {
        _context = context;
        _crew = crew;
        _blob = blob;
        _location = location;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PlaceBlob place:
                _waiting.Enqueue((place, Sender));
                Proceed();
                break;
            case BlobChecked { IsThere: true } found:
                Locate(found.Place, isUploaded: false);
                _context.Meter.CountAlreadyThere(_blob);
                Answer(found.Place, found.Asker, null);
                break;
            case BlobChecked missing:
                // Ask the directory's place again: it may have become known while this request was out.
                MountOrPush(missing.Place, missing.Asker);
                break;
            case BlobMounted { Result.IsMounted: true } mounted:
                _context.Meter.CountMounted(_blob);
                Answer(mounted.Place, mounted.Asker, null);
                break;
            case BlobMounted refused:
                Push(refused.Place, refused.Asker, refused.Result.Session);
                break;
            case BlobPushed pushed:
                OnPushed(pushed);
                break;
            case BlobRequestFailed failed:
                Answer(failed.Place, failed.Asker, failed.Error);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        var error = new TransferError(ErrorCode.Internal, "The work on this blob stopped unexpectedly.") { Digest = _blob.Digest };
        foreach (var (_, asker) in _working.Concat(_waiting))
            asker.Tell(new BlobNotPlaced(_blob.Digest, error));
    }

    /// <summary>While nobody knows a place, one request at a time goes ahead; once there is one, all go at once.</summary>
    private void Proceed()
    {
        while (!_isLocating && _waiting.TryDequeue(out var next))
        {
            _working.Add(next);
            var (place, asker) = next;
            if (place.Recheck && _location == place.Target)
                _location = null;
            _isLocating = _location is null;
            if (_location == place.Target)
                Answer(place, asker, null);
            else if (place.MayBeThere)
                Check(place, asker);
            else
                MountOrPush(place, asker);
        }
    }

    private void Check(PlaceBlob place, IActorRef asker)
    {
        var (target, digest) = (_context.Target, _blob.Digest);
        _context.Work.RequestAsync(token => target.HeadBlobAsync(place.Target, digest, token), _stop.Token)
            .PipeTo(Self, success: size => new BlobChecked(place, asker, size is not null), failure: e => new BlobRequestFailed(place, asker, Failures.ErrorOf(e)));
    }

    private void MountOrPush(PlaceBlob place, IActorRef asker)
    {
        if (_location is not { } from)
        {
            Push(place, asker, null);
            return;
        }
        var (target, digest) = (_context.Target, _blob.Digest);
        _context.Work.RequestAsync(token => target.MountBlobAsync(place.Target, digest, from, token), _stop.Token)
            .PipeTo(Self, success: result => new BlobMounted(place, asker, result), failure: e => new BlobRequestFailed(place, asker, Failures.ErrorOf(e)));
    }

    private void Push(PlaceBlob place, IActorRef asker, UploadSession? session) =>
        _crew.Tell(new PusherProtocol.PushBlob(_blob, place, asker, session));

    private void OnPushed(BlobPushed pushed)
    {
        if (pushed.Outcome.Error is null)
        {
            if (pushed.Outcome.IsTaken)
                _context.Meter.CountTaken(_blob);
            else
                _context.Meter.CountUploaded(_blob);
            Locate(pushed.Push.Place, isUploaded: true);
        }
        Answer(pushed.Push.Place, pushed.Push.Asker, pushed.Outcome.Error);
    }

    private void Locate(PlaceBlob place, bool isUploaded)
    {
        _location ??= place.Target;
        Context.Parent.Tell(new BlobLocated(_blob, place.Target, isUploaded));
    }

    private void Answer(PlaceBlob place, IActorRef asker, TransferError? error)
    {
        _working.RemoveAll(work => ReferenceEquals(work.Place, place));
        Reply(asker, error);
        _isLocating = false;
        // What is wrong with the content is wrong for all who wait; a repository's refusal is its own.
        if (error is { Scope: ErrorScope.Blob or ErrorScope.Endpoint } && _location is null)
        {
            while (_waiting.TryDequeue(out var next))
                Reply(next.Asker, error);
        }
        Proceed();
        if (_working.Count == 0)
            Context.Parent.Tell(new BlobIdle(_blob.Digest, _answered));
    }

    private void Reply(IActorRef asker, TransferError? error)
    {
        _answered++;
        asker.Tell(error is null ? new BlobPlaced(_blob.Digest) : new BlobNotPlaced(_blob.Digest, error));
    }
}

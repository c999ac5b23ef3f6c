using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>
/// Gets one blob into every repository that asks: the first gets it uploaded (or is found to have it), all others wait and
/// then have it mounted from there. A refused mount becomes an upload. Sizes that manifests state are hints: what counts is the length that
/// the source has.
/// </summary>
internal sealed class BlobActor : UntypedActor
{
    private sealed record Asked(PlaceBlob Place, IActorRef Asker);

    private readonly JobRuntime _runtime;
    private readonly IActorRef _crew;
    private readonly Digest _digest;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Asked> _waiting = [];
    private readonly List<Asked> _working = [];
    private BlobLocation? _location;
    private long? _length;
    private bool _isLocating;
    private int _answered;

    public BlobActor(string job, IActorRef crew, Digest digest, BlobLocation? location)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _crew = crew;
        _digest = digest;
        _location = location;
        _length = location?.Length;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PlaceBlob place:
                _waiting.Add(new Asked(place, Sender));
                Proceed();
                break;
            case BlobChecked { Length: { } length } found:
                _length = length;
                Locate(found.Place.Target, isUploaded: false, wasThere: true);
                _runtime.Meter.CountAlreadyThere(length);
                Answer(found.Place, wasThere: true);
                break;
            case BlobChecked missing:
                // Ask the directory's place again: it may have become known while this request was out.
                MountOrPush(missing.Place, missing.Asker);
                break;
            case BlobMounted { Result.IsMounted: true } mounted:
                _runtime.Meter.CountMounted(_length ?? Math.Max(0, mounted.Place.Blob.Size));
                Locate(mounted.Place.Target, isUploaded: false, wasThere: false);
                Answer(mounted.Place, wasThere: false);
                break;
            case BlobMounted refused:
                OnMountRefused(refused);
                break;
            case BlobPushed pushed:
                OnPushed(pushed);
                break;
            case BlobRequestFailed failed:
                Refuse(failed.Place, failed.Error, isAtSource: false);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        var error = new TransferError(ErrorCode.Internal, "The work on this blob stopped unexpectedly.") { Digest = _digest };
        foreach (var asked in _working.Concat(_waiting))
            asked.Asker.Tell(new BlobNotPlaced(_digest, error));
    }

    /// <summary>
    /// While nobody knows a place for sure, one request at a time goes ahead; once there is one, all go at once, but never two for one
    /// repository.
    /// </summary>
    private void Proceed()
    {
        while (!_isLocating && TakeNext() is { } next)
        {
            _working.Add(next);
            var place = next.Place;
            if (place.Recheck && _location?.Repository == place.Target)
                _location = null;
            _isLocating = _location is not { IsSure: true };
            if (_location is { IsSure: true } here && here.Repository == place.Target)
                Answer(place, here.WasThere);
            else if (place.MayBeThere || _location?.Repository == place.Target)
                Check(place, next.Asker);
            else
                MountOrPush(place, next.Asker);
        }
    }

    private Asked? TakeNext()
    {
        var index = _waiting.FindIndex(asked => !_working.Exists(work => work.Place.Target == asked.Place.Target));
        if (index < 0)
            return null;
        var next = _waiting[index];
        _waiting.RemoveAt(index);
        return next;
    }

    private void Check(PlaceBlob place, IActorRef asker)
    {
        var runtime = _runtime;
        _runtime.Work.RunAsync(token => BlobCheck.FindAsync(runtime, place, token), _stop.Token)
            .PipeTo(Self, success: length => new BlobChecked(place, asker, length), failure: e => new BlobRequestFailed(place, asker, runtime.ErrorOf(e)));
    }

    private void MountOrPush(PlaceBlob place, IActorRef asker)
    {
        if (_location is not { } from || from.Repository == place.Target)
        {
            Push(place, asker, null);
            return;
        }
        var (runtime, digest) = (_runtime, _digest);
        _runtime.Work.RequestAsync(token => BlobMount.TryAsync(runtime, place, digest, from.Repository, token), _stop.Token)
            .PipeTo(Self, success: result => new BlobMounted(place, asker, result), failure: e => new BlobRequestFailed(place, asker, runtime.ErrorOf(e)));
    }

    // Where only the journal said that it is there, nobody else need try that.
    private void OnMountRefused(BlobMounted refused)
    {
        if (_location is { IsSure: false })
            _location = null;
        Push(refused.Place, refused.Asker, refused.Result.Session);
    }

    private void Push(PlaceBlob place, IActorRef asker, UploadSession? session) =>
        _crew.Tell(new PusherProtocol.PushBlob(place.Blob, place, asker, session));

    private void OnPushed(BlobPushed pushed)
    {
        var (outcome, place) = (pushed.Outcome, pushed.Push.Place);
        if (outcome.Error is { } error)
        {
            Refuse(place, error, outcome.IsSourceFault);
            return;
        }
        _length = outcome.Length;
        if (outcome.IsTaken)
            _runtime.Meter.CountTaken(outcome.Length);
        else
            _runtime.Meter.CountUploaded(outcome.Length);
        Locate(place.Target, isUploaded: true, wasThere: false);
        Answer(place, wasThere: false);
    }

    private void Locate(RepositoryName target, bool isUploaded, bool wasThere)
    {
        var location = new BlobLocation(target, IsSure: true, wasThere, _length);
        if (_location is not { IsSure: true })
            _location = location;
        Context.Parent.Tell(new BlobLocated(_digest, location, isUploaded));
    }

    private void Answer(PlaceBlob place, bool wasThere) => Settle(place, asked =>
        new BlobPlaced(new PlacedBlob(_digest, wasThere, _length == asked.Blob.Size ? null : _length)));

    /// <summary>
    /// What is wrong with the content that the source has is wrong for all who would read the same; what the target says of the blob
    /// itself holds for all; a repository's refusal is its own.
    /// </summary>
    private void Refuse(PlaceBlob place, TransferError error, bool isAtSource)
    {
        if (_location is not { IsSure: true } && error.Scope is ErrorScope.Blob or ErrorScope.Endpoint)
        {
            var content = isAtSource && error.Scope == ErrorScope.Blob ? ContentOf(place) : null;
            foreach (var same in _waiting.Where(asked => content is null || ContentOf(asked.Place) == content).ToList())
            {
                _waiting.Remove(same);
                Reply(same.Asker, new BlobNotPlaced(_digest, error));
            }
        }
        Settle(place, _ => new BlobNotPlaced(_digest, error));
    }

    // Folders of images have a copy each; a registry has one, but may show it to one repository only.
    private string ContentOf(PlaceBlob place) => _runtime.Source.Locate(place.Source, _digest) ?? place.Source.ToString();

    private void Settle(PlaceBlob place, Func<PlaceBlob, object> answer)
    {
        foreach (var asked in _working.Where(work => ReferenceEquals(work.Place, place)).ToList())
        {
            _working.Remove(asked);
            Reply(asked.Asker, answer(place));
        }
        _isLocating = false;
        Proceed();
        if (_working.Count == 0)
            Context.Parent.Tell(new BlobIdle(_digest, _answered));
    }

    private void Reply(IActorRef asker, object answer)
    {
        _answered++;
        asker.Tell(answer);
    }
}

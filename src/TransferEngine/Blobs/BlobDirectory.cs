using TransferEngine.Images;
using TransferEngine.Migrations;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>
/// Knows for each digest where in the target it is, and hands every request for it to one actor: so a blob is uploaded by
/// one and mounted by all others, never uploaded twice. What was uploaded is put on record.
/// </summary>
internal sealed class BlobDirectory : UntypedPersistentActor
{
    private sealed class Worker(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        public int Asked { get; set; }
    }

    private readonly JobRuntime _runtime;
    private readonly IActorRef _crew;
    private readonly BlobDirectoryState _state;
    private readonly Dictionary<Digest, Worker> _workers = [];

    public BlobDirectory(string job, IActorRef crew)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _crew = crew;
        _state = new BlobDirectoryState(_runtime.Job.KnownLocations);
    }

    public override string PersistenceId => $"{_runtime.Job.Name}/blobs";

    // A blob's actor answers those who wait for it when it stops, so that they need not wait for a restart's second try.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _runtime.NoteFailure(Sender, exception);
        return Directive.Stop;
    });

    protected override void OnRecover(object message)
    {
        if (message is IJobEvent fact)
            _state.Apply(fact);
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case PlaceBlob place:
                OnPlaceBlob(place);
                break;
            case BlobLocated located:
                OnLocated(located);
                break;
            case BlobsFound found:
                foreach (var blob in found.Blobs)
                    _state.Locate(blob.Blob.Digest, new BlobLocation(found.Target, IsSure: true, WasThere: true, blob.Length));
                break;
            case BlobIdle idle:
                // Behind what is being stored: the place is known before its last keeper goes.
                DeferAsync(idle, StopIfIdle);
                break;
            case BlobGone gone:
                _workers.Remove(gone.Digest);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnPlaceBlob(PlaceBlob place)
    {
        var digest = place.Blob.Digest;
        if (!_workers.TryGetValue(digest, out var worker))
        {
            if (place.Recheck)
                _state.Forget(digest);
            var (job, crew, location) = (_runtime.Job.Name, _crew, _state.Find(digest));
            worker = new Worker(Context.ActorOf(Props.Create(() => new BlobActor(job, crew, digest, location))));
            Context.WatchWith(worker.Actor, new BlobGone(digest));
            _workers.Add(digest, worker);
        }
        worker.Asked++;
        worker.Actor.Forward(place);
    }

    private void OnLocated(BlobLocated located)
    {
        var digest = located.Digest;
        if (located.IsUploaded)
            PersistAsync(new BlobUploaded(digest.ToString(), located.Location.Repository.ToString(), located.Location.Length ?? 0), _ => _state.Locate(digest, located.Location));
        else
            _state.Locate(digest, located.Location);
    }

    private void StopIfIdle(BlobIdle idle)
    {
        if (_workers.TryGetValue(idle.Digest, out var worker) && worker.Asked == idle.Answered)
        {
            _workers.Remove(idle.Digest);
            Context.Unwatch(worker.Actor);
            Context.Stop(worker.Actor);
        }
    }
}

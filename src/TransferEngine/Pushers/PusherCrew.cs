using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Running;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// All that this node does for the blob directory. Whoever has bytes to move leaves word here; of the fixed crew of pushers one that is
/// free takes the oldest. A pusher that fails has answered for its blob when it goes, and another one takes its place. Cheap requests take
/// the other lane at once, and never wait behind a large layer.
/// </summary>
internal sealed class PusherCrew : UntypedActor
{
    private readonly JobRuntime _runtime;
    private readonly Queue<(PushBlob Push, IActorRef Sender)> _work = new();
    private readonly Queue<IActorRef> _idle = new();
    private readonly CancellationTokenSource _stop = new();

    public PusherCrew(string job) => _runtime = JobRuntimes.Of(Context.System)[job];

    // Stopped, not restarted: a restarted one would still be thought to be at work, or idle twice.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _runtime.NoteFailure(Sender, exception);
        return Directive.Stop;
    });

    protected override void PreStart()
    {
        for (var number = 0; number < _runtime.Options.Pushers; number++)
            Hire(number);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PushBlob push:
                _work.Enqueue((push, Sender));
                break;
            case CheckBlob check:
                Check(check.Claim);
                return;
            case MountBlob mount:
                Mount(mount);
                return;
            case PusherReady:
                _idle.Enqueue(Sender);
                break;
            case PusherGone gone:
                Hire(gone.Number);
                return;
            default:
                Unhandled(message);
                return;
        }
        while (_idle.Count > 0 && _work.TryDequeue(out var next))
            _idle.Dequeue().Tell(next.Push, next.Sender);
        _runtime.Meter.WaitingPushes = _work.Count;
    }

    // Sessions that a registry opened in place of a mount, and that nobody will fill any more.
    protected override void PostStop()
    {
        _stop.Cancel();
        foreach (var session in _work.Select(waiting => waiting.Push.Session).OfType<UploadSession>())
            _ = _runtime.Work.RunAsync(_ => AbandonedSession.CancelAsync(_runtime, session), CancellationToken.None);
    }

    private void Check(BlobClaim claim)
    {
        var runtime = _runtime;
        runtime.Work.RunAsync(token => BlobCheck.FindAsync(runtime, claim.Place, token), _stop.Token)
            .PipeTo(Sender, Self, length => Found(claim, length), e => new BlobRequestFailed(claim, runtime.ErrorOf(e)));
    }

    private BlobChecked Found(BlobClaim claim, long? length)
    {
        if (length is { } bytes)
            _runtime.Meter.CountAlreadyThere(bytes);
        return new BlobChecked(claim, length);
    }

    private void Mount(MountBlob mount)
    {
        var (runtime, claim) = (_runtime, mount.Claim);
        runtime.Work.RequestAsync(token => BlobMount.TryAsync(runtime, claim.Place, mount.From, token), _stop.Token)
            .PipeTo(Sender, Self, result => Mounted(mount, result), e => new BlobRequestFailed(claim, runtime.ErrorOf(e)));
    }

    private BlobMounted Mounted(MountBlob mount, MountResult result)
    {
        if (result.IsMounted)
            _runtime.Meter.CountMounted(mount.Length ?? Math.Max(0, mount.Claim.Place.Blob.Size));
        return new BlobMounted(mount.Claim, result);
    }

    private void Hire(int number)
    {
        var job = _runtime.Job.Name;
        var pusher = Context.ActorOf(ActorProps.Of(() => new PusherActor(job, number)));
        Context.WatchWith(pusher, new PusherGone(number));
    }
}

using TransferEngine.Migrations;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// The fixed crew of pushers and the queue that they pull from. Whoever has bytes to move leaves word here; a pusher that is
/// free takes the oldest. A pusher that fails has answered for its blob when it goes, and another one takes its place.
/// </summary>
internal sealed class PusherCrew : UntypedActor
{
    private readonly JobRuntime _runtime;
    private readonly Queue<(PushBlob Push, IActorRef Sender)> _work = new();
    private readonly Queue<IActorRef> _idle = new();

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
        foreach (var session in _work.Select(waiting => waiting.Push.Session).OfType<Images.UploadSession>())
            _ = _runtime.Work.RunAsync(_ => AbandonedSession.CancelAsync(_runtime, session), CancellationToken.None);
    }

    private void Hire(int number)
    {
        var job = _runtime.Job.Name;
        var pusher = Context.ActorOf(Props.Create(() => new PusherActor(job, number)));
        Context.WatchWith(pusher, new PusherGone(number));
    }
}

using TransferEngine.Migrations;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// The fixed crew of pushers and the queue that they pull from. Whoever has bytes to move leaves word here; a pusher that is
/// free takes the oldest.
/// </summary>
internal sealed class PusherCrew : UntypedActor
{
    private readonly MigrationContext _context;
    private readonly Queue<(PushBlob Push, IActorRef Sender)> _work = new();
    private readonly Queue<IActorRef> _idle = new();

    public PusherCrew(MigrationContext context) => _context = context;

    protected override void PreStart()
    {
        var context = _context;
        for (var i = 0; i < context.Options.Pushers; i++)
        {
            var number = i;
            Context.ActorOf(Props.Create(() => new PusherActor(context, number)), $"pusher-{number}");
        }
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
            default:
                Unhandled(message);
                return;
        }
        while (_idle.Count > 0 && _work.TryDequeue(out var next))
            _idle.Dequeue().Tell(next.Push, next.Sender);
    }
}

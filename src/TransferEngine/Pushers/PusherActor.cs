using TransferEngine.Migrations;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// Moves one blob at a time: starts the upload as a detached task, hears of its end, and says so. Bytes never come near its mailbox. Told to
/// carry what it carries already it goes on, and what it has carried it says again. Where it stops, the crew answers in its place.
/// </summary>
internal sealed class PusherActor : UntypedActor
{
    private readonly JobRuntime _runtime;
    private readonly BlobUpload _upload;
    private readonly CancellationTokenSource _stop = new();
    private long _number;
    private BlobOutcome? _outcome;

    public PusherActor(string job, int number)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _upload = new BlobUpload(_runtime, _runtime.Meter.Pusher(number));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Carry carry when carry.Number > _number:
                Begin(carry);
                break;
            case Carry carry:
                if (carry.Number == _number && _outcome is { } known)
                    Context.Parent.Tell(new Carried(_number, known));
                break;
            case UploadEnded ended:
                Count(_outcome = ended.Outcome);
                Context.Parent.Tell(new Carried(_number, ended.Outcome));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _stop.Cancel();

    private void Begin(Carry carry)
    {
        (_number, _outcome) = (carry.Number, null);
        _runtime.Work.RunAsync(token => _upload.RunAsync(carry.Push, token), _stop.Token)
            .PipeTo(Self, success: outcome => new UploadEnded(outcome), failure: e => new UploadEnded(BlobOutcome.Refused(_runtime.ErrorOf(e))));
    }

    private void Count(BlobOutcome outcome)
    {
        if (outcome.Error is not null)
            return;
        if (outcome.IsTaken)
            _runtime.Meter.CountTaken(outcome.Length);
        else
            _runtime.Meter.CountUploaded(outcome.Length);
    }
}

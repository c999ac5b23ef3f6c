using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// Moves one blob at a time: starts the upload as a detached task, hears of its end, answers, and asks for the next. Bytes
/// never come near its mailbox.
/// </summary>
internal sealed class PusherActor : UntypedActor
{
    private readonly JobRuntime _runtime;
    private readonly BlobUpload _upload;
    private readonly CancellationTokenSource _stop = new();
    private PushBlob? _push;
    private IActorRef _client = ActorRefs.Nobody;

    public PusherActor(string job, int number)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _upload = new BlobUpload(_runtime, _runtime.Meter.Pusher(number));
    }

    protected override void PreStart() => Context.Parent.Tell(PusherReady.Instance);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PushBlob push:
                (_push, _client) = (push, Sender);
                _runtime.Work.RunAsync(token => _upload.RunAsync(push, token), _stop.Token)
                    .PipeTo(Self, success: outcome => new UploadEnded(outcome), failure: e => new UploadEnded(BlobOutcome.Refused(_runtime.ErrorOf(e))));
                break;
            case UploadEnded ended:
                Count(ended.Outcome);
                Answer(ended.Outcome);
                Context.Parent.Tell(PusherReady.Instance);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        Answer(BlobOutcome.Refused(new TransferError(ErrorCode.Internal, "The pusher stopped unexpectedly.")));
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

    private void Answer(BlobOutcome outcome)
    {
        if (_push is { } push)
            _client.Tell(new BlobProtocol.BlobPushed(push.Claim, outcome));
        _push = null;
    }
}

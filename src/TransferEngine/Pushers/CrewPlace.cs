using TransferEngine.Blobs;
using TransferEngine.Images;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>A blob that waits for a pusher or is with one, and the answer to whoever wants it carried.</summary>
internal sealed class CrewWork(PushBlob push)
{
    private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PushBlob Push { get; } = push;

    public Task<object> Answer => _answer.Task;

    public void End(BlobOutcome outcome) => _answer.SetResult(new BlobProtocol.BlobPushed(Push.Claim, outcome));
}

/// <summary>One place in the crew: the pusher that has it, and what that one carries.</summary>
internal sealed class CrewPlace(int number)
{
    private CrewWork? _work;
    private long _carried;

    public int Number { get; } = number;

    public IActorRef Pusher { get; private set; } = ActorRefs.Nobody;

    public bool IsIdle => _work is null;

    /// <summary>Gives the place to a new pusher. What the one before it carried is answered for.</summary>
    public void Give(IActorRef pusher)
    {
        Pusher = pusher;
        _work?.End(BlobOutcome.Refused(new TransferError(ErrorCode.Internal, "The pusher stopped unexpectedly.")));
        _work = null;
    }

    public void Begin(CrewWork work)
    {
        _work = work;
        _carried++;
        Tell();
    }

    /// <summary>Tells the pusher once more, if it is its work that this answer is awaited from.</summary>
    public void AskAgain(Task<object> answer)
    {
        if (_work?.Answer == answer)
            Tell();
    }

    /// <summary>The pusher is done; false if that was known.</summary>
    public bool End(Carried carried)
    {
        if (_work is not { } work || carried.Number != _carried)
            return false;
        _work = null;
        work.End(carried.Outcome);
        return true;
    }

    private void Tell()
    {
        if (_work is { } work)
            Pusher.Tell(new Carry(_carried, work.Push));
    }
}

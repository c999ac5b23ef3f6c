using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Running;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Pushers;

/// <summary>
/// All that this node does for the blob directory. Whoever has bytes to move leaves word here; of the fixed crew of pushers one that is
/// free takes the oldest. A pusher that fails is answered for, and another one takes its place. Cheap requests take the other lane at once,
/// and never wait behind a large layer. A command that comes again is done once: its answer is given again, or whoever is at it is asked again.
/// </summary>
internal sealed class PusherCrew : UntypedActor
{
    private readonly JobRuntime _runtime;
    private readonly RecentAnswers<Task<object>> _answers = new(answer => answer.IsCompleted);
    private readonly CrewPlace[] _places;
    private readonly Queue<CrewWork> _work = new();
    private readonly Queue<CrewPlace> _idle = new();
    private readonly CancellationTokenSource _stop = new();

    public PusherCrew(string job)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _places = [.. Enumerable.Range(0, _runtime.Options.Pushers).Select(number => new CrewPlace(number))];
    }

    // Stopped, not restarted: a restarted one would not know what it is to carry.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _runtime.NoteFailure(Sender, exception);
        return Directive.Stop;
    });

    protected override void PreStart()
    {
        foreach (var place in _places)
        {
            Hire(place);
            _idle.Enqueue(place);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case IBlobCommand command:
                OnCommand(command);
                break;
            case Carried carried:
                OnCarried(carried);
                break;
            case PusherGone gone:
                OnPusherGone(_places[gone.Number]);
                break;
            default:
                Unhandled(message);
                return;
        }
        while (_idle.Count > 0 && _work.TryDequeue(out var next))
            _idle.Dequeue().Begin(next);
        _runtime.Meter.WaitingPushes = _work.Count;
    }

    // Sessions that a registry opened in place of a mount, and that nobody will fill any more.
    protected override void PostStop()
    {
        _stop.Cancel();
        foreach (var session in _work.Select(waiting => waiting.Push.Session).OfType<UploadSession>())
            _ = _runtime.Work.RunAsync(_ => AbandonedSession.CancelAsync(_runtime, session), CancellationToken.None);
    }

    private void OnCommand(IBlobCommand command)
    {
        var step = command.Claim.Step;
        if (_answers.Find(Sender, step) is not { } answer)
        {
            answer = Begin(command);
            _answers.Add(Sender, step, answer);
        }
        else if (!answer.IsCompleted)
        {
            // It goes to who waits for it when it is there; of all on its way only what a pusher was told can have been lost.
            foreach (var place in _places)
                place.AskAgain(answer);
            return;
        }
        answer.PipeTo(Sender, Self);
    }

    private Task<object> Begin(IBlobCommand command)
    {
        switch (command)
        {
            case CheckBlob check:
                return AnswerAsync(CheckAsync(check.Claim), check.Claim);
            case MountBlob mount:
                return AnswerAsync(MountAsync(mount), mount.Claim);
            case PushBlob push:
                var work = new CrewWork(push);
                _work.Enqueue(work);
                return work.Answer;
            default:
                throw new ArgumentException($"A crew does not know the command {command.GetType().Name}.", nameof(command));
        }
    }

    private async Task<object> AnswerAsync(Task<object> work, BlobClaim claim)
    {
        try
        {
            return await work;
        }
        catch (Exception e)
        {
            return new BlobRequestFailed(claim, _runtime.ErrorOf(e));
        }
    }

    private async Task<object> CheckAsync(BlobClaim claim)
    {
        var length = await _runtime.Work.RunAsync(token => BlobCheck.FindAsync(_runtime, claim.Place, token), _stop.Token);
        if (length is { } bytes)
            _runtime.Meter.CountAlreadyThere(bytes);
        return new BlobChecked(claim, length);
    }

    private async Task<object> MountAsync(MountBlob mount)
    {
        var result = await _runtime.Work.RequestAsync(token => BlobMount.TryAsync(_runtime, mount.Claim.Place, mount.From, token), _stop.Token);
        if (result.IsMounted)
            _runtime.Meter.CountMounted(mount.Length ?? Math.Max(0, mount.Claim.Place.Blob.Size));
        return new BlobMounted(mount.Claim, result);
    }

    private void OnCarried(Carried carried)
    {
        if (Array.Find(_places, place => Sender.Equals(place.Pusher)) is { } place && place.End(carried))
            _idle.Enqueue(place);
    }

    private void OnPusherGone(CrewPlace place)
    {
        var wasIdle = place.IsIdle;
        Hire(place);
        if (!wasIdle)
            _idle.Enqueue(place);
    }

    private void Hire(CrewPlace place)
    {
        var (job, number) = (_runtime.Job.Name, place.Number);
        var pusher = Context.ActorOf(ActorProps.Of(() => new PusherActor(job, number)), $"pusher-{number}");
        Context.WatchWith(pusher, new PusherGone(number));
        place.Give(pusher);
    }
}

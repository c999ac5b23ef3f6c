using System.Diagnostics;
using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Running;
using TransferEngine.Telemetry;
using static TransferEngine.Repositories.RepositoryProtocol;

namespace TransferEngine.Repositories;

/// <summary>
/// Moves one repository: looks at both sides once, keeps a window of images open, has each blob asked for once, and puts on
/// record what the target's repository holds. Lasts until every image has its outcome.
/// </summary>
internal sealed class RepositoryActor : JournaledActor
{
    private readonly JobRuntime _runtime;
    private readonly RepositoryName _repository;
    private readonly bool _openedBefore;
    private readonly CancellationTokenSource _stop = new();
    private readonly RepositoryState _state = new();
    private readonly RepositoryBlobs _blobs;
    private readonly StoredManifests _stored = new();
    private readonly Queue<ImageGroup> _waiting = new();
    private readonly Dictionary<ImageGroup, IActorRef> _open = [];
    private readonly List<ImageResult> _results = [];
    private readonly RepositoryReports _reports;

    private RepositoryName _target;
    private TargetTags _tags = TargetTags.Unknown;
    private TransferError? _refused;
    private string? _crash;
    private TransferError? _failure;
    private Activity? _activity;
    private int _images;
    private bool _isWritten;

    public RepositoryActor(string job, RepositoryName repository, BlobDirectory directory, IActorRef crew, bool openedBefore)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _repository = repository;
        _blobs = new RepositoryBlobs(_runtime, repository, directory, crew);
        _openedBefore = openedBefore;
        _reports = new RepositoryReports(Context.Parent, repository);
    }

    public override string PersistenceId => _runtime.Job.PersistenceIdOf(_repository);

    // Where no earlier run began there is nothing to recover, and the journal is not asked.
    public override Recovery Recovery => _openedBefore ? Recovery.Default : Recovery.None;

    private ActivityContext Trace => _activity?.Context ?? _runtime.Trace;

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _runtime.NoteFailure(Sender, exception);
        _crash = exception.Message;
        return Directive.Stop;
    });

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case IJobEvent fact:
                _state.Apply(fact);
                break;
            case RecoveryCompleted:
                AskAgain.Start(Timers, _runtime.Patience);
                _activity = TransferActivity.StartRepository(_runtime.Trace, _repository);
                _runtime.Work.RunAsync(token => RepositoryScout.LookAsync(_runtime, _repository, _openedBefore, token), _stop.Token, _activity)
                    .PipeTo(Self, failure: e => new ScoutFailed(_runtime.ErrorOf(e)));
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Scouted scouted:
                OnScouted(scouted);
                break;
            case ScoutFailed failed:
                OnScoutFailed(failed.Error);
                break;
            case ImageNeeds needs:
                if (_open.ContainsValue(Sender))
                    _blobs.Need(Sender, needs, _target, _tags.MayHoldContent, Self, _stop.Token);
                break;
            case BlobsLookedFor looked:
                _blobs.OnLookedFor(looked);
                break;
            case BlobProtocol.BlobPlaced placed:
                _blobs.OnPlaced(placed);
                break;
            case BlobProtocol.BlobNotPlaced failed:
                _blobs.OnNotPlaced(failed);
                break;
            case ManifestsStored stored:
                Record(_state.NewsOf(stored.Manifests), []);
                break;
            case GroupDone done:
                OnGroupDone(done.Group, done.Results);
                break;
            case GroupGone gone:
                OnGroupGone(gone.Group);
                break;
            case FactBuffer.WriteNow:
                Write();
                break;
            case MigrationProtocol.ReportTaken taken:
                _reports.OnTaken(taken);
                EndIfTaken();
                break;
            case AskAgain:
                OnAskAgain();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        _activity.End(_failure is null && _runtime.IsEnding ? Outcomes.Interrupted : Outcomes.Failed, _failure);
        base.PostStop();
    }

    private void OnScouted(Scouted scouted)
    {
        _target = scouted.Target;
        _tags = scouted.Tags;
        _activity?.SetTag(TelemetryKeys.TargetRepository, _target.ToString());
        foreach (var image in scouted.Damaged)
            _reports.Note(Trace, image.Digest, [ImageJob.ResultOf(_repository, image, image.Error)], [image]);
        foreach (var group in scouted.Groups)
            _waiting.Enqueue(group);
        OpenNext();
    }

    // A passing failure is left to the supervisor's back-off; for a lasting one there is no point in that.
    private void OnScoutFailed(TransferError error)
    {
        _failure = error;
        if (error.Scope == ErrorScope.Endpoint)
            _reports.TellLost(error);
        else if (error.IsTransient)
            throw new TransferException(error);
        else
        {
            _reports.Tell([new ImageResult(_repository.ToString(), "*", ImageOutcome.Failed, null, error with { Repository = _repository })]);
            Finish();
        }
    }

    private void OpenNext()
    {
        while (_open.Count < _runtime.Options.ImagesPerRepository && _waiting.TryDequeue(out var group))
        {
            if (_refused is { } refused)
                Note(group, image => ResultOf(image, ImageOutcome.Failed, refused));
            else if (_runtime.Job.TrustJournal && group.Images.All(_state.Has))
                Note(group, image => ResultOf(image, ImageOutcome.AlreadyThere, null) with { IsTrusted = true });
            else
                Open(group);
        }
        _reports.TellNoted();
        if (_open.Count == 0 && _waiting.Count == 0)
            Finish();
    }

    private void Open(ImageGroup group)
    {
        // Where a look costs no request, nothing is believed.
        var known = _runtime.Job.TrustJournal || (!_runtime.Job.Repair && _runtime.Target.LocalPath is null) ? _state.KnownOf(group.Digest) : ManifestTree.Nothing;
        var job = new ImageJob(_runtime.Job.Name, _repository, _target, group, group.Images.Where(_tags.MayHold).ToHashSet(), known, _stored, Trace);
        var child = Context.ActorOf(ActorProps.Of(() => new ImageActor(job)), $"image-{++_images}");
        _open.Add(group, child);
        Context.WatchWith(child, new GroupGone(group));
    }

    private void OnGroupDone(ImageGroup group, IReadOnlyList<ImageResult> results)
    {
        if (!_open.Remove(group, out var child))
            return;
        _blobs.Forget(child);
        Context.Stop(child);
        NoteRefusals(results);
        Record(_state.NewsOf(group, results), results);
        OpenNext();
    }

    private void NoteRefusals(IReadOnlyList<ImageResult> results)
    {
        foreach (var error in results.Select(result => result.Error).OfType<TransferError>())
        {
            if (error.Scope == ErrorScope.Endpoint)
                _reports.TellLost(error);
            else if (error.Scope == ErrorScope.Repository && !error.IsTransient)
                _refused ??= error;
        }
    }

    private void OnGroupGone(ImageGroup group)
    {
        if (!_open.ContainsKey(group))
            return;
        var error = new TransferError(ErrorCode.Internal, $"Unexpected failure while moving the image: {Printable.Of(_crash)}");
        OnGroupDone(group, [.. group.Images.Select(image => ResultOf(image, ImageOutcome.Failed, error))]);
    }

    // Whatever anybody waits for goes the way once more: blobs by the directory, needs by the images, reports by the supervisor.
    private void OnAskAgain()
    {
        _blobs.AskAgain();
        _reports.TellAgain();
        foreach (var child in _open.Values)
            child.Tell(SayAgain.Instance);
    }

    private void Finish()
    {
        Write();
        DeferAsync(this, _ =>
        {
            _isWritten = true;
            EndIfTaken();
        });
    }

    private void EndIfTaken()
    {
        if (!_isWritten || !_reports.TellDone())
            return;
        _activity.End(_failure is null ? Outcomes.Completed : Outcomes.Failed, _failure);
        Context.Stop(Self);
    }

    private void Record(IReadOnlyList<IJobEvent> facts, IReadOnlyList<ImageResult> results)
    {
        _results.AddRange(results);
        if (Facts.Add(facts))
            Write();
    }

    /// <summary>Results are told after the facts are on record: whoever hears of an image may rely on the journal knowing it.</summary>
    private void Write()
    {
        WriteFacts(_state.Apply);
        if (_results.Count > 0)
            DeferAsync(_results.ToList(), _reports.Tell);
        _results.Clear();
    }

    private void Note(ImageGroup group, Func<SourceImage, ImageResult> resultOf) =>
        _reports.Note(Trace, group.Digest, [.. group.Images.Select(resultOf)], group.Images);

    private ImageResult ResultOf(SourceImage image, ImageOutcome outcome, TransferError? error) => ImageJob.ResultOf(_repository, image, outcome, error);
}

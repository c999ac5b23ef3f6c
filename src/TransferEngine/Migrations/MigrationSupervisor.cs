using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Repositories;
using TransferEngine.Running;
using TransferEngine.Telemetry;
using static TransferEngine.Migrations.MigrationProtocol;

namespace TransferEngine.Migrations;

/// <summary>
/// Runs one job: keeps a bounded window of repositories open, one actor each, opens a failing one again with back-off and
/// gives it up in the end, and tells the observer what became of each image. The others never notice.
/// </summary>
internal sealed class MigrationSupervisor : JournaledActor
{
    private readonly JobRuntime _runtime;
    private readonly RepositoryFeed _feed;
    private readonly MigrationState _state = new();
    private readonly Dictionary<RepositoryName, OpenRepository> _open = [];

    private SharedParts? _parts;
    private bool _isInterrupted;
    private bool _isFinishing, _isFinished, _isPartLost;
    private TransferError? _fatal;

    public MigrationSupervisor(string job)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _feed = new RepositoryFeed(_runtime);
    }

    public override string PersistenceId => $"{_runtime.Job.Name}/migration";

    private bool IsEnding => _isInterrupted || _fatal is not null;

    // A repository that fails is stopped here and opened again by the timer: the pause must not block the others.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        var failing = Sender;
        _runtime.NoteFailure(failing, exception);
        if (_open.Values.FirstOrDefault(place => failing.Equals(place.Actor)) is { } place)
            place.LastFailure = Caught.ErrorOf(exception);
        return Directive.Stop;
    });

    // The source lists its first repository while the journal is read; what it finds waits until that is done.
    protected override void PreStart()
    {
        base.PreStart();
        _feed.Pull(Self);
    }

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case IJobEvent fact:
                _state.Apply(fact);
                break;
            case RecoveryCompleted:
                Begin();
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case RepositoryFound found:
                OnRepositoryFound(found.Repository);
                break;
            case FeedFailed failed:
                _feed.Take(isLast: true);
                End(failed.Error);
                EndIfDone();
                break;
            case ImageDone done:
                OnImageDone(done);
                break;
            case RepositoryDone done:
                OnRepositoryDone(done.Repository);
                break;
            case RepositoryGone gone:
                OnRepositoryGone(gone.Repository);
                break;
            case Reopen reopen:
                if (_open.TryGetValue(reopen.Repository, out var place))
                    Start(place);
                break;
            case EndpointLost lost:
                End(lost.Error);
                break;
            case PartGone gone:
                _isPartLost = true;
                End(gone.Error);
                EndIfDone();
                break;
            case BlobProtocol.AllWritten:
                if (_parts!.OnWritten())
                    Finish();
                break;
            case LeaseLost:
                End(LeaseLost.Error);
                break;
            case StopMigration:
                _isInterrupted = true;
                StopRepositories();
                break;
            default:
                Unhandled(message);
                break;
        }
        _runtime.Meter.OpenRepositories = _open.Count;
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => OnJournalFailure(cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => OnJournalFailure(reason);

    // Whoever waits for the outcome must learn of every end: of one that comes from outside, or from a bug here, the parent knows more.
    protected override void PostStop()
    {
        _feed.Stop();
        if (IsEnding || _isFinished)
            _runtime.End(_isInterrupted, _fatal);
        base.PostStop();
    }

    private void Begin()
    {
        _runtime.IsResumed = _state.HasHistory;
        var started = _state.BeginningOf(_runtime);
        if (_state.FindDifference(started) is { } difference)
        {
            _fatal = difference;
            Context.Stop(Self);
            return;
        }
        _parts = SharedParts.Start(Context, _runtime.Job.Name, started.BlobPartitions ?? 1);
        Record(_state.Shorten(started), () => { });
    }

    /// <summary>Asks the source for one more repository if the window has room: never two at once, never ahead.</summary>
    private void Feed()
    {
        if (!_feed.IsBusy && !_feed.IsAtEnd && !IsEnding && _open.Count < _runtime.Options.OpenRepositories)
            _feed.Pull(Self);
    }

    private void OnRepositoryFound(SourceRepository? found)
    {
        _feed.Take(isLast: found is null);
        if (found is { Error: not null } or { Repository: null })
            Report(new ImageResult(found.Name, "*", ImageOutcome.Failed, null, found.Error));
        else if (found?.Repository is { } repository && _runtime.Job.Selection.Wants(repository) && !IsEnding)
            Open(repository);
        Feed();
        EndIfDone();
    }

    private void Open(RepositoryName repository)
    {
        var place = new OpenRepository(repository, _state.WasOpened(repository));
        _open.Add(repository, place);
        _runtime.Meter.CountRepository();
        // Work begins when the opening is on record, so that a later run knows where to look before it uploads.
        if (place.OpenedBefore)
            Start(place);
        else
            Record(new RepositoryOpened(repository.ToString()), () => Start(place));
    }

    private void Start(OpenRepository place)
    {
        if (IsEnding)
            return;
        var (job, repository, parts, openedBefore) = (_runtime.Job.Name, place.Name, _parts!, place.OpenedBefore);
        place.OpenedBefore = true;
        place.Actor = Context.ActorOf(ActorProps.Of(() => new RepositoryActor(job, repository, parts.Directory, parts.Crew, openedBefore)));
        Context.WatchWith(place.Actor, new RepositoryGone(repository));
    }

    private void OnImageDone(ImageDone done)
    {
        if (_open.TryGetValue(done.Repository, out var place) && place.Count(done.Result))
            Report(done.Result);
    }

    private void OnRepositoryDone(RepositoryName repository)
    {
        if (!_open.TryGetValue(repository, out var place))
            return;
        place.IsDone = true;
        var completed = new RepositoryCompleted(repository.ToString(), place.Migrated, place.AlreadyThere, place.Skipped, place.Failed);
        if (!_state.Has(completed))
            Record(completed, () => { });
    }

    private void OnRepositoryGone(RepositoryName repository)
    {
        if (!_open.TryGetValue(repository, out var place))
            return;
        place.Actor = null;
        if (!place.IsDone && !IsEnding)
        {
            if (place.NextPause(_runtime.Options) is { } pause)
            {
                NoteReopening(place, pause);
                Timers.StartSingleTimer(repository, new Reopen(repository), pause);
                return;
            }
            Quarantine(place);
        }
        _open.Remove(repository);
        Feed();
        EndIfDone();
    }

    private void Quarantine(OpenRepository place)
    {
        var reason = place.Reason;
        TransferLog.RepositoryQuarantined(_runtime.Log, _runtime.Name, place.Name, reason.Code, reason.Message);
        var result = new ImageResult(place.Name.ToString(), "*", ImageOutcome.Failed, null, reason with { Repository = place.Name });
        if (place.Count(result))
            Report(result);
    }

    private void NoteReopening(OpenRepository place, TimeSpan pause)
    {
        var reason = place.Reason;
        _runtime.Meter.CountRepositoryRetry(reason);
        TransferLog.RepositoryReopened(_runtime.Log, _runtime.Name, place.Name, pause, reason.Code, reason.Message);
    }

    private void Report(ImageResult result)
    {
        _runtime.Meter.Count(result);
        TransferLog.ImageEnded(_runtime.Log, _runtime.Name, result);
        _runtime.Observer.OnImage(result);
    }

    private void Record(IJobEvent fact, Action afterwards) => PersistAsync(fact, stored =>
    {
        _state.Apply(stored);
        afterwards();
    });

    private void End(TransferError fatal)
    {
        if (IsEnding)
            return;
        _fatal = fatal;
        StopRepositories();
    }

    private void StopRepositories()
    {
        _runtime.IsEnding = true;
        _feed.Stop();
        foreach (var place in _open.Values.ToList())
        {
            if (place.Actor is { } actor)
                Context.Stop(actor);
            else
                _open.Remove(place.Name);
        }
        EndIfDone();
    }

    // What is known of blobs is written before the last word.
    private void EndIfDone()
    {
        if (_open.Count > 0 || _feed.IsBusy || !(IsEnding || _feed.IsAtEnd))
            return;
        if (_isPartLost)
            Context.Stop(Self);
        if (_isFinishing || _isPartLost)
            return;
        _isFinishing = true;
        _parts!.Write();
    }

    private void Finish()
    {
        if (IsEnding)
        {
            // Behind what is being written: whoever runs the job next would write under the same numbers.
            DeferAsync(this, _ => Context.Stop(Self));
            return;
        }
        var totals = _runtime.Meter.Totals();
        Record(new JobFinished(totals.Migrated, totals.AlreadyThere, totals.Skipped, totals.Failed), () =>
        {
            _isFinished = true;
            Context.Stop(Self);
        });
    }

    private void OnJournalFailure(Exception cause)
    {
        TransferLog.JournalFailed(_runtime.Log, cause, _runtime.Name);
        _fatal = SharedParts.JournalFailed(cause);
    }
}

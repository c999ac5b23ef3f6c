using TransferEngine.Blobs;
using TransferEngine.Images;
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
    private readonly RepositoryWindow _window;

    private SharedParts? _parts;
    private bool _isInterrupted;
    private bool _isFinishing, _isFinished, _isPartLost;
    private TransferError? _fatal;

    public MigrationSupervisor(string job)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _feed = new RepositoryFeed(_runtime);
        _window = new RepositoryWindow(_runtime);
    }

    public override string PersistenceId => $"{_runtime.Job.Name}/migration";

    private bool IsEnding => _isInterrupted || _fatal is not null;

    // A repository that fails is stopped here and opened again by the timer: the pause must not block the others.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        _window.NoteFailure(Sender, exception);
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
                break;
            case ImagesDone done:
                _window.OnImages(done);
                Sender.Tell(new ReportTaken(done.Number));
                break;
            case RepositoryDone done:
                if (_window.OnDone(done) is { } completed && !_state.Has(completed) && Facts.Add([completed]))
                    WriteFacts(_state.Apply);
                Sender.Tell(new ReportTaken(done.Number));
                break;
            case EndpointLost lost:
                End(lost.Error);
                Sender.Tell(new ReportTaken(lost.Number));
                break;
            case RepositoryGone gone:
                OnRepositoryGone(gone.Repository);
                break;
            case Reopen reopen:
                if (_window.Find(reopen.Repository) is { } place)
                    Start(place);
                break;
            case PartGone gone:
                _isPartLost = true;
                End(gone.Error);
                break;
            case BlobProtocol.AllWritten written:
                if (_parts!.OnWritten(written))
                    Finish();
                break;
            case AskAgain:
                _parts!.WriteAgain();
                break;
            case FactBuffer.WriteNow:
                WriteFacts(_state.Apply);
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
        Record(_state.Shorten(started));
    }

    /// <summary>Asks the source for one more repository if the window has room: never two at once, never ahead.</summary>
    private void Feed()
    {
        if (!_feed.IsBusy && !_feed.IsAtEnd && !IsEnding && _window.Count < _runtime.Options.OpenRepositories)
            _feed.Pull(Self);
    }

    private void OnRepositoryFound(SourceRepository? found)
    {
        _feed.Take(isLast: found is null);
        if (found is { Error: not null } or { Repository: null })
            _window.Report(new ImageResult(found.Name, "*", ImageOutcome.Failed, null, found.Error));
        else if (found?.Repository is { } repository && _runtime.Job.Selection.Wants(repository) && !IsEnding)
            Open(repository);
        Feed();
        EndIfDone();
    }

    private void Open(RepositoryName repository)
    {
        var place = _window.Open(repository, _state.WasOpened(repository));
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
        place.Actor = _parts!.StartRepository(Context, place.Name, place.OpenedBefore);
        place.OpenedBefore = true;
        Context.WatchWith(place.Actor, new RepositoryGone(place.Name));
    }

    private void OnRepositoryGone(RepositoryName repository)
    {
        if (_window.Find(repository) is not { } place)
            return;
        place.Actor = null;
        if (!place.IsDone && !IsEnding && _window.OnFailed(place) is { } pause)
        {
            Timers.StartSingleTimer(repository, new Reopen(repository), pause);
            return;
        }
        _window.Close(place);
        Feed();
        EndIfDone();
    }

    /// <summary>Puts the fact on record at once, with those that wait.</summary>
    private void Record(IJobEvent fact, Action? afterwards = null)
    {
        Facts.Add([fact]);
        WriteFacts(_state.Apply);
        if (afterwards is not null)
            DeferAsync(afterwards, then => then());
    }

    private void End(TransferError fatal)
    {
        if (IsEnding)
        {
            EndIfDone();
            return;
        }
        _fatal = fatal;
        StopRepositories();
    }

    private void StopRepositories()
    {
        _runtime.IsEnding = true;
        _feed.Stop();
        foreach (var actor in _window.CloseIdle())
            Context.Stop(actor);
        EndIfDone();
    }

    // What is known of blobs is written before the last word.
    private void EndIfDone()
    {
        if (_window.Count > 0 || _feed.IsBusy || !(IsEnding || _feed.IsAtEnd))
            return;
        if (_isPartLost)
            Context.Stop(Self);
        if (_isFinishing || _isPartLost)
            return;
        _isFinishing = true;
        _parts!.Write();
        AskAgain.Start(Timers, _runtime.Patience);
    }

    private void Finish()
    {
        if (IsEnding)
        {
            WriteFacts(_state.Apply);
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

namespace TransferEngine.Actors;

public abstract partial class UntypedPersistentActor
{
    private readonly CancellationTokenSource _recoveryStop = new();
    private ITimer? _recoveryTimer;
    private Task? _permit;
    private bool _hasProgressed;
    private long _nextToRead = 1;

    /// <summary>The events can't be read or applied. The actor is stopped after this.</summary>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null) =>
        Cell.System.EventStream.Publish(new Error(reason, Self.Path.ToString(), $"The recovery of {PersistenceId} failed: {reason.Message}"));

    /// <summary>Called after <see cref="RecoveryCompleted"/>.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    private void BeginRecovery()
    {
        var (self, instance) = (Self, _instance);
        _permit = Cell.System.Permits.WaitAsync(_recoveryStop.Token);
        _permit.PipeTo(self, success: () => new RecoveryPermitted(instance), failure: e => new ReplayFailed(instance, e));
    }

    private void OnPermitted()
    {
        _state = PersistenceState.Replaying;
        var (self, instance, limit) = (Self, _instance, Cell.System.Settings.RecoveryTimeout);
        _recoveryTimer = Cell.System.Time.CreateTimer(_ => self.Tell(new RecoveryTick(instance), self), null, limit, limit);
        ReadWindow();
    }

    // The next window is read when this one is applied: a long history never fills the mailbox.
    private void ReadWindow()
    {
        var (journal, writes, id, from, instance, stop) = (Cell.System.Journal, Cell.System.Writes, PersistenceId, _nextToRead, _instance, _recoveryStop.Token);
        var max = Cell.System.Settings.ReplayWindow;
        _ = ReadAsync().PipeTo(Self, failure: e => new ReplayFailed(instance, e));

        async Task<ReplayWindow> ReadAsync()
        {
            await writes.WaitAsync(id, stop);
            var highest = await journal.ReadHighestSequenceNrAsync(id, stop);
            return new ReplayWindow(instance, highest < from ? [] : await journal.ReadAsync(id, from, max, stop), highest);
        }
    }

    private void OnReplayWindow(ReplayWindow window)
    {
        if (_state != PersistenceState.Replaying)
            return;
        _hasProgressed = true;
        foreach (var record in window.Records)
        {
            try
            {
                OnRecover(Serializer.Deserialize(record.Manifest, record.Payload));
            }
            catch (Exception e)
            {
                FailRecovery(e, record);
                return;
            }
            LastSequenceNr = record.SequenceNr;
            _nextToRead = record.SequenceNr + 1;
        }
        if (window.Records.Count == Cell.System.Settings.ReplayWindow)
        {
            ReadWindow();
            return;
        }
        // Deleted events still count: their numbers are never given out again.
        LastSequenceNr = _lastNumbered = Math.Max(LastSequenceNr, window.Highest);
        LeaveRecovery();
        _state = PersistenceState.ProcessingCommands;
        OnRecover(RecoveryCompleted.Instance);
        OnReplaySuccess();
    }

    private void OnRecoveryTick()
    {
        if (_state != PersistenceState.Replaying)
            return;
        if (!_hasProgressed)
            FailRecovery(new RecoveryTimedOutException($"The recovery of {PersistenceId} did not get on for {Cell.System.Settings.RecoveryTimeout}."), null);
        _hasProgressed = false;
    }

    private void FailRecovery(Exception cause, object? message)
    {
        if (!IsRecovering)
            return;
        LeaveRecovery();
        try
        {
            OnRecoveryFailure(cause, message);
        }
        finally
        {
            Cell.Stop(Self);
        }
    }

    private void LeaveRecovery()
    {
        _recoveryTimer?.Dispose();
        _recoveryStop.Cancel();
        // The permit may have been granted without the actor having seen it yet.
        var permits = Cell.System.Permits;
        _permit?.ContinueWith(_ => permits.Release(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _permit = null;
    }
}

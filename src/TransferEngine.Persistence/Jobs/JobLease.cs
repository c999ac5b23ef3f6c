using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>
/// A job's row, taken by this process: one runs a job at a time. Where its process can be seen, a claim ends with that, however it ends; another
/// machine's or container's ends when it was not renewed for a minute, by the database's clock.
/// </summary>
internal sealed class JobLease : IJobLease
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly StateDatabase _database;
    private readonly TimeProvider _time;
    private readonly string _job;
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private int _isGivenBack;
    private Task _renewing = Task.CompletedTask;

    private JobLease(StateDatabase database, TimeProvider time, string job) => (_database, _time, _job) = (database, time, job);

    public CancellationToken Lost => _lost.Token;

    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/>: somebody runs the job; <see cref="ErrorCode.JournalFailed"/>.</exception>
    public static async Task<JobLease> TakeAsync(StateDatabase database, TimeProvider time, string job, CancellationToken cancellationToken)
    {
        var lease = new JobLease(database, time, job);
        await database.RunAsync("INSERT INTO job (name) VALUES (@p0) ON CONFLICT DO NOTHING", [job], cancellationToken);
        while (!await lease.TryTakeAsync(cancellationToken))
        {
            // Somebody else changed the row between the look and the grip: look again.
        }
        lease._renewing = lease.RenewAsync();
        return lease;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) == 1)
            return;
        await _stop.CancelAsync();
        await _renewing;
        try
        {
            if (!_lost.IsCancellationRequested)
                await _database.RunAsync("UPDATE job SET owner = NULL WHERE name = @p0 AND owner = @p1", [_job, _owner], CancellationToken.None);
        }
        catch (TransferException)
        {
            // It ends with the process, or when nobody renews it.
        }
        _lost.Dispose();
        _stop.Dispose();
    }

    private async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        var before = await JobClaim.FindAsync(_database, _job, cancellationToken);
        if (before is { IsAlive: true } claim)
            throw Busy(claim);
        return await _database.RunAsync(
            $"""
            UPDATE job SET owner = @p1, host = @p2, process = @p3, incarnation = @p4, since = {_database.Now}, expires = {_database.Now} + @p5
            WHERE name = @p0 AND owner IS NOT DISTINCT FROM @p6
            """,
            [_job, _owner, ThisProcess.Host, ThisProcess.Id, ThisProcess.Incarnation, (long)Life.TotalMilliseconds, before?.Owner], cancellationToken) == 1;
    }

    // A database that does not answer is asked until the claim would have ended.
    private async Task RenewAsync()
    {
        var renewedAt = _time.GetTimestamp();
        try
        {
            while (_time.GetElapsedTime(renewedAt) < Life)
            {
                await Task.Delay(Life / 4, _time, _stop.Token);
                try
                {
                    if (await _database.RunAsync($"UPDATE job SET expires = {_database.Now} + @p2 WHERE name = @p0 AND owner = @p1", [_job, _owner, (long)Life.TotalMilliseconds], _stop.Token) != 1)
                        break;
                    renewedAt = _time.GetTimestamp();
                }
                catch (TransferException)
                {
                    // Its time is measured above.
                }
            }
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Given back.
        }
    }

    private TransferException Busy(JobClaim claim) => new(
        new TransferError(ErrorCode.JobBusy, $"The job {_job} is being run by {RunnerOf(claim)}, since {claim.Since:u}.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Wait for that run to end, or stop it; --job NAME runs a job of another name beside it.",
        });

    private static string RunnerOf(JobClaim claim) => claim.Host != ThisProcess.Host ? $"{Printable.Of(claim.Host)}, process {claim.Process}"
        : claim.Process != ThisProcess.Id ? $"process {claim.Process}"
        : "this process already";
}

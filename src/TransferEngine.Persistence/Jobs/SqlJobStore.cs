using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>The jobs of one state database. Reading disturbs nobody who runs one.</summary>
public sealed class SqlJobStore : IJobStore
{
    private readonly StateDatabase _database;
    private readonly JobStoreOptions _options;
    private readonly TimeProvider _time;

    /// <param name="options">Where the state is.</param>
    /// <param name="time">The clock by which claims are renewed.</param>
    public SqlJobStore(JobStoreOptions options, TimeProvider time) => (_options, _database, _time) = (options, StateDatabase.Of(options), time);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        if (_database.Exists)
            await _database.ReadAsync("SELECT name FROM job", [], row => names.Add(row.GetString(0)), cancellationToken);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public async Task<JobStatus> ReadAsync(string job, CancellationToken cancellationToken)
    {
        await DemandAsync(job, cancellationToken);
        var projection = new JobStatusProjection(job);
        try
        {
            await _database.ReadAsync(@"SELECT manifest, message, created FROM journal WHERE persistence_id LIKE @p0 ESCAPE '\' AND NOT deleted ORDER BY ordering", [JobName.IdsOf(job)],
                row => projection.Apply((IJobEvent)JobEventJson.Deserialize(row.GetString(0), row.GetFieldValue<byte[]>(1)), new DateTimeOffset(row.GetInt64(2), TimeSpan.Zero)),
                cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            throw new TransferException(
                new TransferError(ErrorCode.JournalFailed, $"The journal of job {job} holds an event that can't be read: {Printable.Of(exception.Message)}")
                { Scope = ErrorScope.Endpoint, Path = _database.Place }, exception);
        }
        var claim = await JobClaim.FindAsync(_database, job, cancellationToken);
        return projection.Status with { RunningAt = claim is { IsAlive: true } ? new JobRunner(claim.Host, claim.Process, claim.Since) : null };
    }

    /// <inheritdoc/>
    public async Task<IJobLease> OpenAsync(string job, bool restart, CancellationToken cancellationToken)
    {
        JobName.Check(job);
        RefuseEarlierState(job);
        await _database.CreateAsync(cancellationToken);
        var lease = await JobLease.TakeAsync(_database, _time, job, cancellationToken);
        try
        {
            if (restart)
                await ForgetAsync(job, cancellationToken);
            return lease;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string job, CancellationToken cancellationToken)
    {
        await DemandAsync(job, cancellationToken);
        await using var lease = await JobLease.TakeAsync(_database, _time, job, cancellationToken);
        await ForgetAsync(job, cancellationToken);
        await _database.RunAsync("DELETE FROM job WHERE name = @p0", [job], cancellationToken);
    }

    private Task<int> ForgetAsync(string job, CancellationToken cancellationToken) =>
        _database.RunAsync(@"DELETE FROM journal WHERE persistence_id LIKE @p0 ESCAPE '\'", [JobName.IdsOf(job)], cancellationToken);

    private async Task DemandAsync(string job, CancellationToken cancellationToken)
    {
        JobName.Check(job);
        var isKnown = false;
        if (_database.Exists)
            await _database.ReadAsync("SELECT 1 FROM job WHERE name = @p0", [job], _ => isKnown = true, cancellationToken);
        if (!isKnown)
        {
            throw new TransferException(new TransferError(ErrorCode.JobUnknown, $"No state of a job named {job} is kept here.")
            { Scope = ErrorScope.Endpoint, Path = _database.Place });
        }
    }

    // Earlier builds kept a file a job, in a form that nothing here reads: to begin anew without a word would ask the target for everything again.
    private void RefuseEarlierState(string job)
    {
        var earlier = Path.Combine(_options.ResolveDirectory(), job + ".sqlite");
        if (File.Exists(earlier))
        {
            throw new TransferException(new TransferError(ErrorCode.JournalFailed, $"The state of the job {job} is an earlier build's, which this one does not read.")
            {
                Scope = ErrorScope.Endpoint,
                Path = earlier,
                Hint = "Finish the job with that build, or delete the file: what is at the target is then found there, and nothing is uploaded twice.",
            });
        }
    }
}

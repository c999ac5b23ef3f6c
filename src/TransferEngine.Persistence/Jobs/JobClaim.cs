namespace TransferEngine.Persistence;

/// <summary>Who took a job, as its row says.</summary>
/// <param name="Owner">Tells this claim from all others.</param>
/// <param name="Host">The machine.</param>
/// <param name="Process">The process there.</param>
/// <param name="Since">When the run began.</param>
/// <param name="IsAlive">Whether the process is there still, as far as it can be known here.</param>
internal sealed record JobClaim(string Owner, string Host, int Process, DateTimeOffset Since, bool IsAlive)
{
    /// <summary>Null if nobody took the job.</summary>
    public static async Task<JobClaim?> FindAsync(StateDatabase database, string job, CancellationToken cancellationToken)
    {
        JobClaim? claim = null;
        await database.ReadAsync(
            $"SELECT owner, host, process, since, incarnation, expires >= {database.Now} FROM job WHERE name = @p0 AND owner IS NOT NULL", [job],
            row => claim = new JobClaim(row.GetString(0), row.GetString(1), row.GetInt32(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
                IsOurs(database, row.GetString(1), row.GetString(4)) ? !ThisProcess.HasEnded(row.GetInt32(2), row.GetString(4)) : row.GetBoolean(5)),
            cancellationToken);
        return claim;
    }

    // Where machines share a database two of them may have one name: only of what can be seen here is known that it is gone.
    private static bool IsOurs(StateDatabase database, string host, string incarnation) =>
        host == ThisProcess.Host && (!database.IsShared || ThisProcess.CanSee(incarnation));
}

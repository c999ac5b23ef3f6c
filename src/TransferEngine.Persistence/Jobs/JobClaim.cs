namespace TransferEngine.Persistence;

/// <summary>Who took a job, as its row says.</summary>
/// <param name="Owner">Tells this claim from all others.</param>
/// <param name="Host">The machine.</param>
/// <param name="Process">The process there.</param>
/// <param name="Incarnation">Tells it from a later one of the same number.</param>
/// <param name="Since">When the run began.</param>
/// <param name="IsRenewed">By the database's clock.</param>
internal sealed record JobClaim(string Owner, string Host, int Process, string Incarnation, DateTimeOffset Since, bool IsRenewed)
{
    /// <summary>Whether the process is there still, as far as it can be known here.</summary>
    public bool IsAlive => Host == ThisProcess.Host ? !ThisProcess.HasEnded(Process, Incarnation) : IsRenewed;

    /// <summary>Null if nobody took the job.</summary>
    public static async Task<JobClaim?> FindAsync(StateDatabase database, string job, CancellationToken cancellationToken)
    {
        JobClaim? claim = null;
        await database.ReadAsync(
            $"SELECT owner, host, process, incarnation, since, expires >= {database.Now} FROM job WHERE name = @p0 AND owner IS NOT NULL", [job],
            row => claim = new JobClaim(
                row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), row.GetBoolean(5)),
            cancellationToken);
        return claim;
    }
}

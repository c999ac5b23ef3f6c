namespace TransferEngine.Telemetry;

/// <summary>How much of one job is under way or waits, at one moment.</summary>
internal readonly record struct JobLoad(int OpenRepositories, int WaitingPushes, int BusyPushers, int ActiveRequests, int WaitingRequests);

/// <summary>Has a job's load read by whoever collects metrics, from its making until it is disposed of.</summary>
internal sealed class JobGauges : IDisposable
{
    private readonly Func<JobLoad> _read;

    public JobGauges(string job, Func<JobLoad> read)
    {
        Tag = new(TelemetryKeys.Job, job);
        _read = read;
        TransferMetrics.Add(this);
    }

    public KeyValuePair<string, object?> Tag { get; }

    public JobLoad Load => _read();

    public void Dispose() => TransferMetrics.Remove(this);
}

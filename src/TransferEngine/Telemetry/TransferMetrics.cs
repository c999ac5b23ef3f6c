using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TransferEngine.Telemetry;

/// <summary>The engine's instruments. They live as long as the process; a job reports to them by its <see cref="JobMetrics"/>.</summary>
internal static class TransferMetrics
{
    private static readonly Meter Meter = new(TransferTelemetry.MeterName, TransferTelemetry.Version);

    private static readonly ConcurrentDictionary<JobGauges, bool> Running = new();

    public static readonly Counter<long> Images =
        Meter.CreateCounter<long>("transfer_engine.images", "{image}", "Images that have reached their outcome.");

    public static readonly Counter<long> Blobs =
        Meter.CreateCounter<long>("transfer_engine.blobs", "{blob}", "Blobs that came to be in place, by how they came there.");

    public static readonly Counter<long> BlobContent =
        Meter.CreateCounter<long>("transfer_engine.blob.content", "By", "Content of the blobs that came to be in place, by how they came there.");

    public static readonly Counter<long> BlobRetries =
        Meter.CreateCounter<long>("transfer_engine.blob.retries", "{retry}", "Uploads that broke and were taken up again.");

    public static readonly Counter<long> RepositoryRetries =
        Meter.CreateCounter<long>("transfer_engine.repository.retries", "{retry}", "Repositories that failed and were opened again.");

    public static readonly ObservableUpDownCounter<int> OpenRepositories =
        Observe("transfer_engine.open_repositories", "{repository}", "Repositories that are worked on.", load => load.OpenRepositories);

    public static readonly ObservableUpDownCounter<int> WaitingPushes =
        Observe("transfer_engine.waiting_pushes", "{blob}", "Blobs that wait for a pusher.", load => load.WaitingPushes);

    public static readonly ObservableUpDownCounter<int> BusyPushers =
        Observe("transfer_engine.busy_pushers", "{pusher}", "Pushers that move a blob.", load => load.BusyPushers);

    public static readonly ObservableUpDownCounter<int> ActiveRequests =
        Observe("transfer_engine.active_requests", "{request}", "Requests without content that are under way.", load => load.ActiveRequests);

    public static readonly ObservableUpDownCounter<int> WaitingRequests =
        Observe("transfer_engine.waiting_requests", "{request}", "Requests without content that wait for a place in the lane.", load => load.WaitingRequests);

    public static void Add(JobGauges job) => Running.TryAdd(job, true);

    public static void Remove(JobGauges job) => Running.TryRemove(job, out _);

    private static ObservableUpDownCounter<int> Observe(string name, string unit, string description, Func<JobLoad, int> read) =>
        Meter.CreateObservableUpDownCounter(name, () => Running.Keys.Select(job => new Measurement<int>(read(job.Load), job.Tag)), unit, description);
}

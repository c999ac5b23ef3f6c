using System.Collections.Concurrent;
using System.Diagnostics;

namespace TransferEngine.TestKit.Telemetry;

/// <summary>Activities that end from now on, of whole process: a test finds its own by its trace.</summary>
public sealed class Traces : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Traces(params string[] sources)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _ended.Where(activity => activity.TraceId == trace)];

    /// <summary>The trace of the root that has this attribute.</summary>
    public IReadOnlyList<Activity> Of(string key, string value) => Of(_ended.Single(activity => Equals(activity.GetTagItem(key), value)).TraceId);

    public void Dispose() => _listener.Dispose();
}

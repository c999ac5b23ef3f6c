namespace TransferEngine.Running;

/// <summary>
/// Facts that wait to be written together. A write of its own for each would be most of what a run does, where a database takes one writer at
/// a time. What is lost of these moments when the process ends costs a look at the target, never an image.
/// </summary>
internal sealed class FactBuffer(ITimerScheduler timers)
{
    /// <summary>Time to write. By timer.</summary>
    public sealed record WriteNow
    {
        public static WriteNow Instance { get; } = new();
    }

    private const int MaxFacts = 200;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly List<IJobEvent> _facts = [];

    /// <summary>Keeps facts; true if there are so many now that they should be written at once.</summary>
    public bool Add(IEnumerable<IJobEvent> facts)
    {
        _facts.AddRange(facts);
        if (_facts.Count >= MaxFacts)
            return true;
        if (!timers.IsTimerActive(WriteNow.Instance))
            timers.StartSingleTimer(WriteNow.Instance, WriteNow.Instance, Moment);
        return false;
    }

    /// <summary>What is to be written, in the order in which it came.</summary>
    public IReadOnlyList<IJobEvent> Take()
    {
        IJobEvent[] taken = [.. _facts];
        _facts.Clear();
        return taken;
    }
}

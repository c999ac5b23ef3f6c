using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace TransferEngine.Actors;

internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>
/// An actor's mail, unbounded, and whether somebody is about to handle it. Every sender looks at that flag: what the consumer
/// writes for each message must not share its cache line, which would cost a third of the throughput.
/// </summary>
internal sealed class Mailbox : CacheLine
{
    private readonly ConcurrentQueue<Envelope> _queue = new();
    private int _isScheduled;

    // Value types come last in memory.
    public Line After;

    public bool IsEmpty => _queue.IsEmpty;

    public void Enqueue(Envelope envelope) => _queue.Enqueue(envelope);

    public bool TryDequeue(out Envelope envelope) => _queue.TryDequeue(out envelope);

    /// <summary>True for the one caller who is to schedule the consumer.</summary>
    // The read is enough: adding begins with an interlocked step, IsEmpty sees what has begun, and a cell looks again before it leaves.
    public bool TrySchedule() => Volatile.Read(ref _isScheduled) == 0 && Interlocked.CompareExchange(ref _isScheduled, 1, 0) == 0;

    public void Unschedule() => Volatile.Write(ref _isScheduled, 0);
}

/// <summary>Keeps the fields of what inherits from it off the cache line of whatever lies before them in memory.</summary>
internal abstract class CacheLine
{
    public Line Before;

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Line;
}

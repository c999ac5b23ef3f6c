namespace TransferEngine.Actors;

/// <summary>
/// The system messages of an actor, of which few ever wait: a linked list of many producers and one consumer whose tail is swapped
/// atomically (D. Vyukov's non-intrusive MPSC queue). Empty it costs one node, a tenth of a <c>ConcurrentQueue</c>.
/// </summary>
internal sealed class SignalQueue
{
    private sealed class Node
    {
        public SystemMessage? Value;
        public Node? Next;
    }

    private Node _head = new();
    private Node _tail;

    public SignalQueue() => _tail = _head;

    /// <summary>False as soon as a producer has begun to add.</summary>
    public bool IsEmpty => ReferenceEquals(_head, Volatile.Read(ref _tail));

    public void Enqueue(SystemMessage value)
    {
        var node = new Node { Value = value };
        // Between these two lines the list is cut: the consumer sees nothing yet, and IsEmpty keeps it coming back.
        var previous = Interlocked.Exchange(ref _tail, node);
        Volatile.Write(ref previous.Next, node);
    }

    /// <summary>Only for the consumer.</summary>
    public SystemMessage? Dequeue()
    {
        if (Volatile.Read(ref _head.Next) is not { } next)
            return null;
        var value = next.Value;
        next.Value = null;
        _head = next;
        return value;
    }
}

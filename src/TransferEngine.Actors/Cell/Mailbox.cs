namespace TransferEngine.Actors;

internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>
/// An unbounded queue of many producers and one consumer: a linked list whose tail is swapped atomically (D. Vyukov's
/// non-intrusive MPSC queue). Empty, it costs one node.
/// </summary>
internal sealed class Mailbox<T>
{
    private sealed class Node
    {
        public T Value = default!;
        public Node? Next;
    }

    private Node _head = new();
    private Node _tail;

    public Mailbox() => _tail = _head;

    /// <summary>False as soon as a producer has begun to add.</summary>
    public bool IsEmpty => ReferenceEquals(_head, Volatile.Read(ref _tail));

    public void Enqueue(T value)
    {
        var node = new Node { Value = value };
        // Between these two lines the list is cut: the consumer sees nothing yet, and IsEmpty keeps it coming back.
        var previous = Interlocked.Exchange(ref _tail, node);
        Volatile.Write(ref previous.Next, node);
    }

    /// <summary>Only for the consumer.</summary>
    public bool TryDequeue(out T value)
    {
        if (Volatile.Read(ref _head.Next) is not { } next)
        {
            value = default!;
            return false;
        }
        value = next.Value;
        next.Value = default!;
        _head = next;
        return true;
    }
}

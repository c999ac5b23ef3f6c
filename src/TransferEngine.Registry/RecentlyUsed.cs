using System.Diagnostics.CodeAnalysis;

namespace TransferEngine.Registry;

/// <summary>A dictionary of so many entries: where there is no room, the one goes that was not used for the longest time.</summary>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
    where TValue : notnull
{
    private readonly Lock _turn = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _entries = new(comparer);

    // The last used one is the first.
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();

    public int Count
    {
        get
        {
            lock (_turn)
                return _entries.Count;
        }
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_turn)
        {
            var isThere = _entries.TryGetValue(key, out var node);
            if (isThere)
                Touch(node!);
            value = isThere ? node!.Value.Value : default;
            return isThere;
        }
    }

    public TValue GetOrAdd(TKey key, Func<TValue> make)
    {
        lock (_turn)
        {
            if (!_entries.TryGetValue(key, out var node))
                return Add(key, make());
            Touch(node);
            return node.Value.Value;
        }
    }

    public void Set(TKey key, TValue value)
    {
        lock (_turn)
        {
            Remove(key);
            Add(key, value);
        }
    }

    public void Remove(TKey key)
    {
        lock (_turn)
        {
            if (_entries.Remove(key, out var node))
                _order.Remove(node);
        }
    }

    /// <summary>Removes the entry if it still has this value.</summary>
    public void Remove(TKey key, TValue value)
    {
        lock (_turn)
        {
            if (_entries.TryGetValue(key, out var node) && ReferenceEquals(node.Value.Value, value))
                Remove(key);
        }
    }

    /// <summary>Removes what was not used for the longest time, as long as it is of no use any more.</summary>
    public void RemoveOldestWhile(Func<TValue, bool> isUseless)
    {
        lock (_turn)
        {
            while (_order.Last is { } oldest && isUseless(oldest.Value.Value))
                Remove(oldest.Value.Key);
        }
    }

    private TValue Add(TKey key, TValue value)
    {
        if (_entries.Count == capacity)
            Remove(_order.Last!.Value.Key);
        _entries[key] = _order.AddFirst((key, value));
        return value;
    }

    private void Touch(LinkedListNode<(TKey Key, TValue Value)> node)
    {
        _order.Remove(node);
        _order.AddFirst(node);
    }
}

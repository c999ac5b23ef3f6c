using System.Collections.Concurrent;

namespace TransferEngine.Storage.Folders;

/// <summary>Remembers what was made for the keys that were asked for last, and makes it once for those who ask at the same time.</summary>
internal sealed class RecentCache<TKey, TValue>(int capacity, Func<TKey, TValue> make)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<TValue>> _known = new();
    private readonly ConcurrentQueue<TKey> _order = new();

    public TValue Get(TKey key)
    {
        var entry = _known.GetOrAdd(key, static (added, cache) =>
        {
            cache._order.Enqueue(added);
            // A failure is not kept: the next one to ask tries again.
            return new Lazy<TValue>(() => cache.Make(added));
        }, this);
        while (_known.Count > capacity && _order.TryDequeue(out var oldest))
            _known.TryRemove(oldest, out _);
        return entry.Value;
    }

    /// <summary>Takes a change into what is remembered. What is just being made may have looked too early for it, and is not kept.</summary>
    public void Change(TKey key, Action<TValue> change)
    {
        if (!_known.TryGetValue(key, out var entry))
            return;
        if (entry.IsValueCreated)
            change(entry.Value);
        else
            Forget(key);
    }

    public void Forget(TKey key) => _known.TryRemove(key, out _);

    private TValue Make(TKey key)
    {
        try
        {
            return make(key);
        }
        catch
        {
            Forget(key);
            throw;
        }
    }
}

using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>What a member of a project may do.</summary>
public enum HarborRole
{
    /// <summary>Pulls.</summary>
    Guest,

    /// <summary>Pulls and pushes.</summary>
    Developer,

    /// <summary>Pulls, pushes and deletes.</summary>
    Maintainer,
}

/// <summary>One project of the double, with the policies that a test gives it.</summary>
public sealed class HarborProject
{
    private readonly Dictionary<Digest, long> _content = [];
    private readonly SemaphoreSlim _quotaRow = new(1);
    private int _pushing;
    private int _peak;

    internal HarborProject(int id, string name, DateTimeOffset created) => (Id, Name, Created) = (id, name, created);

    public int Id { get; }

    public string Name { get; }

    public DateTimeOffset Created { get; }

    public bool IsPublic { get; set; }

    /// <summary>A proxy cache: nothing can be pushed into it.</summary>
    public bool IsProxy { get; set; }

    /// <summary>Bytes; -1 for no limit.</summary>
    public long StorageLimit { get; set; } = -1;

    /// <summary>Tags that can't be set again, as <c>repository:tag</c> with the project in front.</summary>
    public ConcurrentDictionary<string, bool> ImmutableTags { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, HarborRole> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes of the distinct content in the project.</summary>
    public long Used
    {
        get
        {
            lock (_content)
                return _content.Values.Sum();
        }
    }

    /// <summary>The most manifest pushes that were in the project at once: all but one of them wait for the quota's row.</summary>
    public int PeakManifestPushes => Volatile.Read(ref _peak);

    internal bool IsOverQuota => StorageLimit >= 0 && Used > StorageLimit;

    /// <summary>Counts content in; null if it fits, else Harbor's words for why it does not.</summary>
    internal string? Reserve(Digest digest, long bytes)
    {
        lock (_content)
        {
            if (_content.ContainsKey(digest))
                return null;
            var used = _content.Values.Sum();
            if (StorageLimit >= 0 && used + bytes > StorageLimit)
                return $"adding {Text(bytes)} of storage resource, which when updated to current usage of {Text(used)} will exceed the configured upper limit of {Text(StorageLimit)}.";
            _content.Add(digest, bytes);
            return null;
        }
    }

    internal bool Has(Digest digest)
    {
        lock (_content)
            return _content.ContainsKey(digest);
    }

    /// <summary>Takes a reservation back.</summary>
    internal void Release(Digest digest)
    {
        lock (_content)
            _content.Remove(digest);
    }

    /// <summary>Runs manifest pushes one after the other, as one row of the database makes them.</summary>
    internal async Task QueueAsync(Func<Task> push, CancellationToken cancellationToken)
    {
        var pushing = Interlocked.Increment(ref _pushing);
        for (int seen; (seen = Volatile.Read(ref _peak)) < pushing && Interlocked.CompareExchange(ref _peak, pushing, seen) != seen;)
        {
        }
        try
        {
            await _quotaRow.WaitAsync(cancellationToken);
            try
            {
                await push();
            }
            finally
            {
                _quotaRow.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _pushing);
        }
    }

    private static string Text(long bytes) => bytes < 1024 ? FormattableString.Invariant($"{bytes} B")
        : bytes < 1024 * 1024 ? FormattableString.Invariant($"{bytes / 1024.0:0.0} KiB") : FormattableString.Invariant($"{bytes / 1048576.0:0.0} MiB");
}

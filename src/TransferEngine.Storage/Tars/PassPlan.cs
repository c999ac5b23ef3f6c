namespace TransferEngine.Storage.Tars;

/// <summary>
/// What the passes over a compressed archive shall look for: what somebody waits for, and, as far as a byte budget reaches, what will be
/// asked for soon. Those come in the order in which they were announced. No locks: its user has one.
/// </summary>
internal sealed class PassPlan(long budget)
{
    // What is announced beyond this takes a pass of its own when it is wanted.
    private const int MaxLater = 100_000;

    private readonly Dictionary<long, List<PassRequest>> _waiting = [];
    private readonly Dictionary<long, Stretch> _wanted = [];
    private readonly SortedSet<long> _places = [];
    private readonly Dictionary<long, (byte[] Content, int Pass)> _kept = [];
    private readonly Queue<Stretch> _later = new();
    private readonly HashSet<long> _announced = [];
    private readonly HashSet<long> _opened = [];
    private long _reserved;

    public bool IsAwaited => _waiting.Count > 0;

    /// <summary>What was kept for it; it is not kept any longer.</summary>
    public byte[]? Take(Stretch stretch)
    {
        _opened.Add(stretch.Offset);
        if (!_kept.Remove(stretch.Offset, out var kept))
            return null;
        Release(kept.Content.Length);
        return kept.Content;
    }

    public void Await(PassRequest request)
    {
        var offset = request.Stretch.Offset;
        if (_wanted.Remove(offset, out var wanted))
            Release(wanted.Length);
        if (!_waiting.TryGetValue(offset, out var requests))
            _waiting.Add(offset, requests = []);
        requests.Add(request);
        _places.Add(offset);
    }

    public void Forget(PassRequest request)
    {
        if (_waiting.TryGetValue(request.Stretch.Offset, out var requests) && requests.Remove(request) && requests.Count == 0)
            Serve(request.Stretch);
    }

    /// <summary>Once for each: what was taken, and is opened again, has to be waited for.</summary>
    public void Expect(Stretch stretch)
    {
        if (stretch.Length > budget / 4 || _later.Count >= MaxLater || !_announced.Add(stretch.Offset))
            return;
        _later.Enqueue(stretch);
        Admit();
    }

    /// <summary>The next place from here on that a pass shall stop at, and what is there.</summary>
    public Stretch? NextFrom(long position)
    {
        var places = _places.GetViewBetween(position, long.MaxValue);
        if (places.Count == 0)
            return null;
        return _waiting.TryGetValue(places.Min, out var requests) ? requests[0].Stretch : _wanted[places.Min];
    }

    /// <summary>Who waits for this; they do not any more.</summary>
    public List<PassRequest> Serve(Stretch stretch)
    {
        if (!_waiting.Remove(stretch.Offset, out var requests))
            return [];
        _places.Remove(stretch.Offset);
        return requests;
    }

    public void Keep(Stretch stretch, byte[] content, int pass)
    {
        if (!_wanted.Remove(stretch.Offset))
            return;
        _kept.Add(stretch.Offset, (content, pass));
        _places.Remove(stretch.Offset);
    }

    /// <summary>Who waits for anything from here on: the archive can't be read further.</summary>
    public List<PassRequest> GiveUpFrom(long position)
    {
        var left = new List<PassRequest>();
        foreach (var offset in _places.GetViewBetween(position, long.MaxValue).ToList())
        {
            if (_wanted.Remove(offset, out var wanted))
                _reserved -= wanted.Length;
            if (_waiting.Remove(offset, out var requests))
                left.AddRange(requests);
            _places.Remove(offset);
        }
        return left;
    }

    /// <summary>What nobody asked for during a whole pass makes place: the target had it, or got it by a mount.</summary>
    public void BeginPass(int pass)
    {
        foreach (var (offset, kept) in _kept.Where(entry => entry.Value.Pass < pass - 1).ToList())
        {
            _kept.Remove(offset);
            Release(kept.Content.Length);
        }
    }

    private void Release(long bytes)
    {
        _reserved -= bytes;
        Admit();
    }

    private void Admit()
    {
        while (_later.TryPeek(out var next) && _reserved + next.Length <= budget)
        {
            _later.Dequeue();
            if (!_opened.Contains(next.Offset) && _wanted.TryAdd(next.Offset, next) && _places.Add(next.Offset))
                _reserved += next.Length;
        }
    }
}

/// <summary>Somebody who waits until a pass comes to a place.</summary>
internal sealed record PassRequest(Stretch Stretch, long Skip)
{
    public TaskCompletionSource<Stream> Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

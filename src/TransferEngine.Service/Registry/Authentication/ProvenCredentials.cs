using System.Collections.Concurrent;

namespace TransferEngine.Service.Registry;

/// <summary>
/// Credentials that were accepted, by their keyed hash, for as long as they are used: clients send their password with each request, and
/// the file of users is read only once.
/// </summary>
internal sealed class ProvenCredentials(TimeProvider time)
{
    private const int MaxRemembered = 1_000;

    private static readonly TimeSpan RememberFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastUse = new(StringComparer.Ordinal);

    public bool Contains(string hash)
    {
        var now = time.GetUtcNow();
        if (!_lastUse.TryGetValue(hash, out var used) || now - used > RememberFor)
            return false;
        _lastUse[hash] = now;
        return true;
    }

    public void Add(string hash)
    {
        // Beyond what bcrypt looks at (72 bytes) one password can be written in many ways, so users are no bound.
        if (_lastUse.Count >= MaxRemembered)
            foreach (var (oldest, _) in _lastUse.OrderBy(pair => pair.Value).Take(MaxRemembered / 4))
                _lastUse.TryRemove(oldest, out _);
        _lastUse[hash] = time.GetUtcNow();
    }
}

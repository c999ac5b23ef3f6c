namespace TransferEngine.Service.Registry;

/// <summary>
/// Makes whoever guesses wait: after a few wrong passwords of one guesser (one name from one address) longer and longer. Whoever tries
/// another name, or the same from elsewhere, does not wait for that.
/// </summary>
internal sealed class GuessLimit(TimeProvider time)
{
    /// <summary>Wrong passwords that cost nothing: people mistype.</summary>
    public const int FreeTries = 5;

    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(10);

    private readonly Lock _turn = new();
    private readonly Dictionary<string, (int Wrong, DateTimeOffset Last)> _guessers = new(StringComparer.Ordinal);

    /// <summary>How long the guesser still has to wait; null if it may try.</summary>
    public TimeSpan? FindWait(string guesser)
    {
        lock (_turn)
        {
            if (!_guessers.TryGetValue(guesser, out var known) || known.Wrong < FreeTries)
                return null;
            var wait = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, known.Wrong - FreeTries), LongestWait.TotalSeconds));
            var left = known.Last + wait - time.GetUtcNow();
            return left > TimeSpan.Zero ? left : null;
        }
    }

    public void CountWrong(string guesser)
    {
        var now = time.GetUtcNow();
        lock (_turn)
        {
            if (_guessers.Count >= MaxRemembered)
                ForgetOldest();
            var wrong = _guessers.TryGetValue(guesser, out var known) && now - known.Last <= RememberFor ? known.Wrong : 0;
            _guessers[guesser] = (wrong + 1, now);
        }
    }

    public void Forgive(string guesser)
    {
        lock (_turn)
            _guessers.Remove(guesser);
    }

    // Each entry was paid for by a check, so that filling the table gains a guesser nothing.
    private void ForgetOldest()
    {
        foreach (var guesser in _guessers.OrderBy(pair => pair.Value.Last).Take(MaxRemembered / 4).Select(pair => pair.Key).ToList())
            _guessers.Remove(guesser);
    }
}

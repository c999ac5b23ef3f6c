namespace TransferEngine.Images;

/// <summary>Lets one at a time do something for each key. Nothing is kept of a key that nobody holds or waits for.</summary>
public sealed class KeyedTurns<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Turn> _turns = [];

    /// <summary>Keys that somebody holds or waits for.</summary>
    public int Count
    {
        get
        {
            lock (_turns)
                return _turns.Count;
        }
    }

    /// <summary>Waits for the key's turn, which ends when what is returned is disposed.</summary>
    public async Task<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        Turn? turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out turn))
                _turns[key] = turn = new Turn(this, key);
            turn.Users++;
        }
        try
        {
            await turn.Gate.WaitAsync(cancellationToken);
            return turn;
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users > 0)
                return;
            _turns.Remove(turn.Key);
        }
        turn.Gate.Dispose();
    }

    private sealed class Turn(KeyedTurns<TKey> turns, TKey key) : IDisposable
    {
        public TKey Key => key;

        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Who holds it and who waits.</summary>
        public int Users;

        public void Dispose()
        {
            Gate.Release();
            turns.Leave(this);
        }
    }
}

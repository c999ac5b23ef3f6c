using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// Lets one request at a time touch a manifest of a target's repository: its own PUT, or that of an index that names it. CNCF
/// Distribution 2.8 writes links in place, so that an index is refused at times while a child of it is put once more, every byte right.
/// </summary>
internal sealed class ManifestTurns
{
    private readonly Dictionary<(RepositoryName Repository, Digest Digest), Turn> _turns = [];

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public int Users { get; set; }
    }

    /// <summary>Waits for the manifest and its children; what is returned lets them go.</summary>
    public async Task<IDisposable> EnterAsync(RepositoryName repository, TreeManifest manifest, CancellationToken cancellationToken)
    {
        // In one order for all, so that no two wait for each other.
        Digest[] digests = [.. manifest.Children.Append(manifest.Digest).Distinct().Order()];
        var entered = new Stack<(RepositoryName, Digest)>();
        try
        {
            foreach (var digest in digests)
            {
                await EnterAsync((repository, digest), cancellationToken);
                entered.Push((repository, digest));
            }
            return new Entered(this, entered);
        }
        catch
        {
            Leave(entered);
            throw;
        }
    }

    private async Task EnterAsync((RepositoryName, Digest) key, CancellationToken cancellationToken)
    {
        Turn? turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out turn))
                _turns.Add(key, turn = new Turn());
            turn.Users++;
        }
        try
        {
            await turn.Gate.WaitAsync(cancellationToken);
        }
        catch
        {
            Forget(key, turn);
            throw;
        }
    }

    private void Leave(Stack<(RepositoryName, Digest)> entered)
    {
        while (entered.TryPop(out var key))
        {
            Turn turn;
            lock (_turns)
                turn = _turns[key];
            turn.Gate.Release();
            Forget(key, turn);
        }
    }

    // Nobody waits for it any more: what is kept follows what is under way, not what there is to move.
    private void Forget((RepositoryName, Digest) key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users > 0)
                return;
            _turns.Remove(key);
            turn.Gate.Dispose();
        }
    }

    private sealed class Entered(ManifestTurns turns, Stack<(RepositoryName, Digest)> keys) : IDisposable
    {
        public void Dispose() => turns.Leave(keys);
    }
}

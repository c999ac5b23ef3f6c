using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// Lets one request at a time touch a manifest of a target's repository: its own PUT, or that of an index that names it. CNCF
/// Distribution 2.8 writes links in place, so that an index is refused at times while a child of it is put once more, every byte right.
/// </summary>
internal sealed class ManifestTurns
{
    private readonly KeyedTurns<(RepositoryName Repository, Digest Digest)> _turns = new();

    /// <summary>Waits for the manifest and its children; what is returned lets them go.</summary>
    public async Task<IDisposable> EnterAsync(RepositoryName repository, TreeManifest manifest, CancellationToken cancellationToken)
    {
        var entered = new Entered();
        try
        {
            // In one order for all, so that no two wait for each other.
            foreach (var digest in manifest.Children.Append(manifest.Digest).Distinct().Order())
                entered.Turns.Push(await _turns.EnterAsync((repository, digest), cancellationToken));
            return entered;
        }
        catch
        {
            entered.Dispose();
            throw;
        }
    }

    private sealed class Entered : IDisposable
    {
        public Stack<IDisposable> Turns { get; } = new();

        public void Dispose()
        {
            while (Turns.TryPop(out var turn))
                turn.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Layer links that this process has written or read, so that a blob that was put a moment ago costs the look at its file alone when a
/// manifest names it. For the length of a run: links that somebody takes away meanwhile go on to count.
/// </summary>
internal sealed class KnownLayers
{
    // The layers of some thousand images, in a few megabytes; then it begins anew.
    private const int MaxLinks = 16_384;

    private readonly ConcurrentDictionary<(RepositoryName, Digest), Digest> _links = new();
    private int _count;

    public Digest? Find(RepositoryName repository, Digest digest) => _links.TryGetValue((repository, digest), out var canonical) ? canonical : null;

    public void Add(RepositoryName repository, Digest digest, Digest canonical)
    {
        if (!_links.TryAdd((repository, digest), canonical) || Interlocked.Increment(ref _count) <= MaxLinks)
            return;
        _links.Clear();
        Interlocked.Exchange(ref _count, 0);
    }
}

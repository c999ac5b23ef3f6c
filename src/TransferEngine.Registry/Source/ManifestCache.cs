using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// The last manifests by digest, so that one that stands in several repositories, or whose tag had to be resolved by GET, is
/// fetched once. Bounded in number and bytes; the oldest goes first.
/// </summary>
internal sealed class ManifestCache : IDisposable
{
    private const int MaxManifests = 512;
    private const long MaxBytes = 16 * 1024 * 1024;
    private const int Lanes = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Manifest> _manifests = [];
    private readonly Queue<Digest> _order = new();
    private readonly SemaphoreSlim[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new SemaphoreSlim(1))];
    private long _bytes;

    /// <summary>Two who want the same manifest at once cost one fetch: the second waits for the first.</summary>
    public async ValueTask<Manifest> GetAsync(Digest digest, Func<CancellationToken, Task<Manifest>> fetch, CancellationToken cancellationToken)
    {
        if (Find(digest) is { } known)
            return known;
        var lane = _lanes[(uint)digest.GetHashCode() % Lanes];
        await lane.WaitAsync(cancellationToken);
        try
        {
            if (Find(digest) is { } fetched)
                return fetched;
            var manifest = await fetch(cancellationToken);
            Add(manifest);
            return manifest;
        }
        finally
        {
            lane.Release();
        }
    }

    public void Add(Manifest manifest)
    {
        lock (_lock)
        {
            if (!_manifests.TryAdd(manifest.Digest, manifest))
                return;
            _order.Enqueue(manifest.Digest);
            _bytes += manifest.Bytes.Length;
            while (_bytes > MaxBytes || _order.Count > MaxManifests)
            {
                _manifests.Remove(_order.Dequeue(), out var oldest);
                _bytes -= oldest!.Bytes.Length;
            }
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
    }

    private Manifest? Find(Digest digest)
    {
        lock (_lock)
            return _manifests.GetValueOrDefault(digest);
    }
}

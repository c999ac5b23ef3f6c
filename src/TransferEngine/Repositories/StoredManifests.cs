using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// The manifests that a run has put into one target repository, or found there with all that they name: none is put twice by digest, and of none
/// the journal need be believed. Lives as long as the repository's actor.
/// </summary>
internal sealed class StoredManifests
{
    private readonly ConcurrentDictionary<Digest, bool> _stored = new();

    public bool Has(Digest digest) => _stored.ContainsKey(digest);

    public void Add(Digest digest) => _stored.TryAdd(digest, true);

    public void Forget(IEnumerable<Digest> digests)
    {
        foreach (var digest in digests)
            _stored.TryRemove(digest, out _);
    }
}

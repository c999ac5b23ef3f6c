using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>Remembers hashed files as long as the process lives, up to a bound; for hosts that keep no state.</summary>
public sealed class MemoryHashedFiles : IHashedFiles
{
    private const int MaxFiles = 1_000_000;

    private readonly ConcurrentDictionary<(FileStamp Stamp, long Length, string Algorithm), Digest> _digests = new();

    public Digest? Find(BlobFile file, string algorithm) =>
        file.Stamp is { } stamp && _digests.TryGetValue((stamp, file.Length, algorithm), out var digest) ? digest : null;

    public void Add(BlobFile file, Digest digest)
    {
        if (file.Stamp is { } stamp && _digests.Count < MaxFiles)
            _digests[(stamp, file.Length, digest.Algorithm)] = digest;
    }
}

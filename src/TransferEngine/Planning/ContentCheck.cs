using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Pushers;

namespace TransferEngine.Planning;

/// <summary>
/// Hashes blobs at both ends for a verification that is to find rot: each content once, the source's and, where it can be read back without a
/// pull, the target's. What was hashed before is not believed: rot changes no times.
/// </summary>
internal sealed class ContentCheck(IImageSource source, IImageTarget target)
{
    // What is remembered is bounded: of more contents than this some are read twice.
    private const int MaxRemembered = 100_000;

    private readonly ConcurrentDictionary<string, Task<bool>> _sound = new(StringComparer.Ordinal);

    public async Task<TransferError?> FindFaultAsync(RepositoryName from, RepositoryName to, Digest digest, CancellationToken cancellationToken)
    {
        var place = source.Locate(from, digest);
        if (!await OnceAsync($"source {place ?? digest.ToString()}", () => ContentHash.MatchesAsync(source, from, digest, cancellationToken)))
            return BlobPump.WrongDigest(digest) with { Path = place };
        var file = await target.FindFileAsync(to, digest, cancellationToken);
        var isSound = await OnceAsync($"target {(file?.Stamp is { } stamp ? $"{stamp.Device}/{stamp.Inode}" : $"{to}@{digest}")}", async () =>
        {
            await using var content = await target.ReadBackAsync(to, digest, cancellationToken);
            return content is null || await ContentHash.MatchesAsync(content, digest, cancellationToken);
        });
        return isSound ? null : new TransferError(ErrorCode.TargetDiffers, $"The target's bytes do not match the digest {digest}: the blob is damaged there.")
        {
            Scope = ErrorScope.Blob,
            Digest = digest,
            Path = file?.Path,
            Hint = "Take the damaged file away, and migrate with --repair.",
        };
    }

    private Task<bool> OnceAsync(string content, Func<Task<bool>> hashAsync)
    {
        if (_sound.Count > MaxRemembered)
            _sound.Clear();
        return _sound.GetOrAdd(content, _ => Task.Run(hashAsync));
    }
}

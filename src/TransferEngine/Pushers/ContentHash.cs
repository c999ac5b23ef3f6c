using System.Buffers;
using TransferEngine.Images;

namespace TransferEngine.Pushers;

/// <summary>Reads a blob of the source to its end, to see whether it is what its digest says.</summary>
internal static class ContentHash
{
    private const int Piece = 128 * 1024;

    /// <exception cref="TransferException">The source can't be read.</exception>
    public static async Task<bool> MatchesAsync(IImageSource source, RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        await using var content = await source.OpenBlobAsync(repository, digest, 0, cancellationToken);
        return await MatchesAsync(content, digest, cancellationToken);
    }

    /// <summary>Reads content to its end.</summary>
    public static async Task<bool> MatchesAsync(Stream content, Digest digest, CancellationToken cancellationToken)
    {
        using var hash = digest.CreateHash();
        // Pooled: a new one for each blob is large enough that every few of them cost a collection of the whole heap.
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
                hash.AppendData(buffer, 0, read);
            return digest.Matches(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

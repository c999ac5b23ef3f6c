using TransferEngine.Images;

namespace TransferEngine.Pushers;

/// <summary>Reads a blob of the source to its end, to see whether it is what its digest says.</summary>
internal static class ContentHash
{
    private const int Piece = 128 * 1024;

    /// <exception cref="TransferException">The source can't be read.</exception>
    public static async Task<bool> MatchesAsync(IImageSource source, RepositoryName repository, Descriptor blob, CancellationToken cancellationToken)
    {
        using var hash = blob.Digest.CreateHash();
        await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, cancellationToken);
        var buffer = new byte[Piece];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            hash.AppendData(buffer, 0, read);
        return blob.Digest.Matches(hash);
    }
}

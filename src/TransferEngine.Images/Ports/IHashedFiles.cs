namespace TransferEngine.Images;

/// <summary>
/// What files were found to hold when they were hashed, so that a file that has not changed since (<see cref="FileStamp"/>) need not be read
/// again. All methods may be called concurrently; losing an entry costs time, never more.
/// </summary>
public interface IHashedFiles
{
    /// <summary>The digest by this algorithm that the file had, as it is now; null if that is not known, or the file has no stamp.</summary>
    Digest? Find(BlobFile file, string algorithm);

    /// <summary>Remembers it. Nothing for a file without a stamp.</summary>
    void Add(BlobFile file, Digest digest);
}

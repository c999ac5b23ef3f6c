using TransferEngine.Images;

namespace TransferEngine.Storage.Files;

/// <summary>How sources and targets that keep blobs as files tell of them.</summary>
internal static class BlobFiles
{
    /// <summary>A file found a moment ago, as it is now, with its stamp where the system tells one.</summary>
    /// <param name="path">Full, and itself no link.</param>
    /// <param name="length">As it was found.</param>
    public static BlobFile Of(string path, long length) => Native.StampOf(path) is { } now ? new BlobFile(path, now.Length, now.Stamp) : new BlobFile(path, length);
}

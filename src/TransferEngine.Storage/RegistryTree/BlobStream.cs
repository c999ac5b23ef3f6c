using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// A blob's bytes, straight from the file (or its part of a tar) into the reader's buffer. Asynchronous reads run at once on the
/// caller's thread: a copy from the page cache is cheaper than handing it to another thread, and pushers are few.
/// </summary>
internal sealed class BlobStream(SafeFileHandle file, string path, long start, long length, bool ownsHandle) : ReadOnlyStream
{
    public override bool CanSeek => true;

    public override long Length => length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        var left = length - Position;
        if (left <= 0)
            return 0;
        try
        {
            var read = RandomAccess.Read(file, left < buffer.Length ? buffer[..(int)left] : buffer, start + Position);
            Position += read;
            return read;
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e).At(ErrorScope.Blob);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsHandle)
            file.Dispose();
        base.Dispose(disposing);
    }
}

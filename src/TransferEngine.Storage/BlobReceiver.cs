using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>Writes a streamed blob to a file and checks its size and digest.</summary>
internal static class BlobReceiver
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>
    /// Reads the content to its end, or until it is longer than it should be. What arrived before the content broke off stays in the file, and
    /// so does what turns out to be wrong: the caller takes it away.
    /// </summary>
    /// <param name="path">A file of its own for this blob.</param>
    /// <param name="offset">Where the content goes on; what is there before is hashed first.</param>
    /// <param name="blob">What it must be.</param>
    /// <param name="content">Not completed here.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobSizeMismatch"/> or <see cref="ErrorCode.BlobDigestMismatch"/>.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static async Task ReceiveAsync(string path, long offset, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        using var hash = blob.Digest.CreateHash();
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, offset);
        HashStart(file, offset, hash);
        var length = await AppendAsync(file, offset, blob, hash, content, cancellationToken).ConfigureAwait(false);
        if (length != blob.Size)
            throw EndedEarly(blob, length);
        if (!blob.Digest.Matches(hash))
            throw WrongDigest(blob);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>For content that ended too early, which may go better the next time.</summary>
    public static TransferException EndedEarly(Descriptor blob, long length)
    {
        var failure = WrongSize(blob, $"ends after {length} bytes, {blob.Size} were announced");
        return new TransferException(failure.Error with { IsTransient = true });
    }

    public static TransferException WentOn(Descriptor blob) => WrongSize(blob, $"goes on behind the {blob.Size} bytes that were announced");

    public static TransferException WrongSize(Descriptor blob, string how) =>
        new(new TransferError(ErrorCode.BlobSizeMismatch, $"The content of {blob.Digest} {how}.") { Scope = ErrorScope.Blob, Digest = blob.Digest });

    public static TransferException WrongDigest(Descriptor blob) =>
        new(new TransferError(ErrorCode.BlobDigestMismatch, $"The bytes that arrived do not have the digest {blob.Digest}.") { Scope = ErrorScope.Blob, Digest = blob.Digest });

    private static async Task<long> AppendAsync(
        SafeFileHandle file, long offset, Descriptor blob, IncrementalHash hash, PipeReader content, CancellationToken cancellationToken)
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await content.ReadAsync(cancellationToken).ConfigureAwait(false);
            isCompleted = read.IsCompleted;
            if (offset + read.Buffer.Length > blob.Size)
                throw WentOn(blob);
            segments.Clear();
            foreach (var segment in read.Buffer)
            {
                segments.Add(segment);
                hash.AppendData(segment.Span);
            }
            RandomAccess.Write(file, segments, offset);
            offset += read.Buffer.Length;
            content.AdvanceTo(read.Buffer.End);
        }
        return offset;
    }

    private static void HashStart(SafeFileHandle file, long length, IncrementalHash hash)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        for (long done = 0; done < length;)
        {
            var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), done);
            if (count == 0)
                break;
            hash.AppendData(buffer, 0, count);
            done += count;
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }
}

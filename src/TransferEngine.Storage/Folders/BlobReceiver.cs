using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>Appends a streamed blob to a file and checks its size and digest.</summary>
internal static class BlobReceiver
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Reads the content to its end. What arrived before a failure stays in the file.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobSizeMismatch"/> or <see cref="ErrorCode.BlobDigestMismatch"/>.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static async Task ReceiveAsync(string path, long offset, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        using var hash = blob.Digest.CreateHash();
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, offset);
        HashStart(file, offset, hash);
        var length = await AppendAsync(file, offset, hash, content, cancellationToken).ConfigureAwait(false);
        if (length != blob.Size)
            throw Mismatch(ErrorCode.BlobSizeMismatch, blob, $"{length} bytes arrived, {blob.Size} were announced.");
        if (!blob.Digest.Matches(hash))
            throw Mismatch(ErrorCode.BlobDigestMismatch, blob, "The content that arrived does not match its digest.");
        RandomAccess.FlushToDisk(file);
    }

    private static async Task<long> AppendAsync(SafeFileHandle file, long offset, IncrementalHash hash, PipeReader content, CancellationToken cancellationToken)
    {
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await content.ReadAsync(cancellationToken).ConfigureAwait(false);
            isCompleted = read.IsCompleted;
            foreach (var segment in read.Buffer)
            {
                RandomAccess.Write(file, segment.Span, offset);
                hash.AppendData(segment.Span);
                offset += segment.Length;
            }
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

    private static TransferException Mismatch(string code, Descriptor blob, string message) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Blob, Digest = blob.Digest });
}

using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Progress;

namespace TransferEngine.Pushers;

/// <summary>
/// Reads one blob from its source into a pipe, at the pace at which the target takes it: a full pipe pauses the read.
/// </summary>
internal sealed class BlobPump(RateLimit rate, MigrationMeter.PusherSlot meter)
{
    // Large enough that a read from the page cache is worth its system call, small enough for eight in a pipe.
    private const int Piece = 128 * 1024;

    /// <summary>
    /// Fills the pipe with the content from <paramref name="offset"/> to the descriptor's size, which is the source's, and completes it. The last piece
    /// is let go only when the size is right and, where <paramref name="hash"/> is given, the digest too: then a target that
    /// waits for a content length can't commit what is wrong.
    /// </summary>
    /// <returns>What is wrong with the source, or null. The pipe then is completed with the same error.</returns>
    public async Task<TransferError?> FillAsync(
        Stream source, PipeWriter pipe, Descriptor blob, long offset, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        try
        {
            var error = await CopyAsync(source, pipe, blob, offset, hash, cancellationToken);
            await pipe.CompleteAsync(error is null ? null : new TransferException(error));
            return error;
        }
        catch (Exception e)
        {
            await pipe.CompleteAsync(e);
            if (e is TransferException transfer)
                return transfer.Error;
            throw;
        }
    }

    private async Task<TransferError?> CopyAsync(
        Stream source, PipeWriter pipe, Descriptor blob, long offset, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        var remaining = blob.Size - offset;
        while (remaining > 0)
        {
            var size = (int)Math.Min(Math.Min(Piece, rate.MaxPiece), remaining);
            var memory = pipe.GetMemory(size)[..size];
            var read = await source.ReadAsync(memory, cancellationToken);
            if (read == 0)
                return WrongSize(blob, $"ends after {blob.Size - remaining} bytes");
            hash?.AppendData(memory.Span[..read]);
            remaining -= read;
            if (remaining == 0 && await FindFaultAsync(source, blob, hash, cancellationToken) is { } fault)
                return fault;
            pipe.Advance(read);
            await rate.WaitAsync(read, cancellationToken);
            var flushed = await pipe.FlushAsync(cancellationToken);
            meter.Advance(read);
            if (flushed.IsCompleted)
                return null;
        }
        return blob.Size - offset > 0 ? null : await FindFaultAsync(source, blob, hash, cancellationToken);
    }

    private static async Task<TransferError?> FindFaultAsync(Stream source, Descriptor blob, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        if (await source.ReadAsync(new byte[1], cancellationToken) > 0)
            return WrongSize(blob, "goes on after that");
        if (hash is not null && !blob.Digest.Matches(hash))
            return WrongDigest(blob.Digest);
        return null;
    }

    public static TransferError WrongDigest(Digest digest) =>
        new(ErrorCode.BlobDigestMismatch, $"The source's bytes do not match the digest {digest}: the blob is damaged.")
        { Scope = ErrorScope.Blob, Digest = digest, Hint = "Restore the blob from a backup, or push the image anew." };

    private static TransferError WrongSize(Descriptor blob, string how) =>
        new(ErrorCode.BlobSizeMismatch, $"The source said that {blob.Digest} has {blob.Size} bytes, but its content {how}.")
        { Scope = ErrorScope.Blob, Digest = blob.Digest, Hint = "See whether somebody writes to the source, and run the same command again." };
}

using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>A pipe as the content of a tar's member: its length is known beforehand, and it is hashed on its way.</summary>
internal sealed class TarMemberContent(PipeReader content, long length, IncrementalHash? hash) : Stream
{
    private long _done;
    private bool _isLonger;

    public override bool CanRead => true;

    /// <summary>The writer takes a content's length only from what it believes it could seek in.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _done;
        set => throw new NotSupportedException();
    }

    /// <exception cref="TransferException">The pipe gave another number of bytes than was said, or others.</exception>
    public void Check(Digest? digest)
    {
        if (_isLonger || _done != length)
            throw new TransferException(new TransferError(ErrorCode.BlobSizeMismatch, _isLonger
                ? $"The content goes on after the {length} bytes that it should have."
                : $"The content ends after {_done} of {length} bytes.")
            { Scope = ErrorScope.Blob, Digest = digest });
        if (digest is { } wanted && hash is not null && !wanted.Matches(hash))
            throw new TransferException(new TransferError(ErrorCode.BlobDigestMismatch, $"The bytes do not match the digest {wanted}.") { Scope = ErrorScope.Blob, Digest = wanted });
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await content.ReadAsync(cancellationToken).ConfigureAwait(false);
            isCompleted = read.IsCompleted;
            _isLonger |= _done + read.Buffer.Length > length;
            if (!_isLonger)
                foreach (var segment in read.Buffer)
                {
                    hash?.AppendData(segment.Span);
                    // At once, on this thread: a write into the page cache is cheaper than handing it to another.
                    destination.Write(segment.Span);
                    _done += segment.Length;
                }
            content.AdvanceTo(read.Buffer.End);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// A blob's content, opened when it is first read, that must have the size and digest it is known by. Looks seekable to the framework's
/// tar writer, which asks only for length and position then and writes the header first.
/// </summary>
internal sealed class VerifiedStream(Descriptor blob, Func<CancellationToken, ValueTask<Stream>> open) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = blob.Digest.CreateHash();
    private Stream? _content;
    private long _position;

    public override bool CanSeek => true;

    public override long Length => blob.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _content ??= await open(cancellationToken);
        var left = blob.Size - _position;
        if (left == 0 || buffer.IsEmpty)
            return 0;
        var read = await _content.ReadAsync(left < buffer.Length ? buffer[..(int)left] : buffer, cancellationToken);
        if (read == 0)
            throw Failed(ErrorCode.BlobSizeMismatch, $"The blob {blob.Digest} should have {blob.Size} bytes, but its content ends after {_position}.");
        _hash.AppendData(buffer.Span[..read]);
        _position += read;
        return read;
    }

    /// <summary>To be called when all was read.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobDigestMismatch"/> or <see cref="ErrorCode.BlobSizeMismatch"/>.</exception>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        _content ??= await open(cancellationToken);
        if (await _content.ReadAsync(new byte[1], cancellationToken) > 0)
            throw Failed(ErrorCode.BlobSizeMismatch, $"The blob {blob.Digest} should have {blob.Size} bytes, but its content goes on after that.");
        if (!blob.Digest.Matches(_hash))
            throw Failed(ErrorCode.BlobDigestMismatch, $"The bytes do not match the digest {blob.Digest}: the blob is damaged.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask DisposeAsync()
    {
        if (_content is not null)
            await _content.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content?.Dispose();
            _hash.Dispose();
        }
        base.Dispose(disposing);
    }

    private TransferException Failed(string code, string message) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Blob, Digest = blob.Digest, Hint = "Restore the blob from a backup, or push the image anew." });
}

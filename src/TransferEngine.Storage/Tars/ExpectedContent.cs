using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A blob's content as it arrives, hashed on its way. It is told to be seekable, as only such streams have a length, and a tar wants a
/// member's length before its bytes; nobody moves in it.
/// </summary>
internal sealed class ExpectedContent(Descriptor blob, PipeReader content) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = blob.Digest.CreateHash();
    private readonly Stream _content = content.AsStream(leaveOpen: true);
    private long _position;
    private bool _goesOn;

    public override bool CanSeek => true;

    public override long Length => blob.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>All of it was read, and nothing comes behind it.</summary>
    public bool IsWhole => _position == blob.Size && !_goesOn;

    /// <summary>All of it was read, and it has the digest.</summary>
    public bool IsSound => IsWhole && blob.Digest.Matches(_hash);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, blob.Size - _position);
        if (wanted == 0)
        {
            // Who copies reads until there is nothing: then it shows whether the content is longer than it should be.
            _goesOn |= await _content.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0;
            return 0;
        }
        var count = await _content.ReadAsync(buffer[..wanted], cancellationToken).ConfigureAwait(false);
        _hash.AppendData(buffer.Span[..count]);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}

using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A blob's content as it arrives, hashed on its way. It is told to be seekable, as only such streams have a length, and a tar wants a
/// member's length before its bytes; nobody moves in it.
/// </summary>
internal sealed class ExpectedContent : ReadOnlyStream
{
    private readonly Descriptor _blob;
    private readonly Stream _content;
    private readonly IncrementalHash? _hash;
    private ExceptionDispatchInfo? _failure;
    private long _position;
    private bool _goesOn;

    public ExpectedContent(Descriptor blob, PipeReader content) =>
        (_blob, _content, _hash) = (blob, content.AsStream(leaveOpen: true), blob.Digest.CreateHash());

    /// <summary>Content that was hashed before. The stream is not owned.</summary>
    public ExpectedContent(Descriptor blob, Stream content) => (_blob, _content) = (blob, content);

    public override bool CanSeek => true;

    public override long Length => _blob.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>All of it was read, and nothing comes behind it.</summary>
    public bool IsWhole => _position == _blob.Size && !_goesOn;

    /// <summary>All of it was read, and it has the digest.</summary>
    public bool IsSound => IsWhole && (_hash is null || _blob.Digest.Matches(_hash));

    /// <summary>It ended with an exception, which is no failure of whoever writes it.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Throws the exception that it ended with, if it did.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, _blob.Size - _position);
        if (wanted == 0)
        {
            // Who copies reads until there is nothing: then it shows whether the content is longer than it should be.
            _goesOn |= await ReadOnAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0;
            return 0;
        }
        var count = await ReadOnAsync(buffer[..wanted], cancellationToken).ConfigureAwait(false);
        _hash?.AppendData(buffer.Span[..count]);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }
}

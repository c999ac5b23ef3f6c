using System.IO.Compression;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// The gzip of a content, made while it is read. The same content gives the same bytes with every read of the same build of the
/// framework: one level, pieces of one size, and a header without time or name.
/// </summary>
internal sealed class CompressingStream : ReadOnlyStream
{
    private const int Piece = 128 * 1024;

    private readonly Stream _content;
    private readonly MemoryStream _ready = new();
    private readonly GZipStream _gzip;
    private readonly byte[] _piece = new byte[Piece];
    private bool _isEnded;

    /// <param name="content">Owned from now on.</param>
    public CompressingStream(Stream content)
    {
        _content = content;
        _gzip = new GZipStream(_ready, CompressionLevel.Optimal, leaveOpen: true);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        while (_ready.Position == _ready.Length && !_isEnded)
            CompressPiece();
        return _ready.Read(buffer);
    }

    // Compressing is work for this thread; the content comes from a local file.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads up to an offset, as far as there is anything.</summary>
    public void Skip(long count)
    {
        var buffer = new byte[Piece];
        while (count > 0 && Read(buffer.AsSpan(0, (int)Math.Min(count, Piece))) is > 0 and var read)
            count -= read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
            _content.Dispose();
        }
        base.Dispose(disposing);
    }

    private void CompressPiece()
    {
        _ready.SetLength(0);
        // Always full pieces, as where they end may show in the result.
        var read = _content.ReadAtLeast(_piece, Piece, throwOnEndOfStream: false);
        _gzip.Write(_piece, 0, read);
        if (read < Piece)
        {
            _gzip.Dispose();
            _isEnded = true;
        }
        _ready.Position = 0;
    }
}

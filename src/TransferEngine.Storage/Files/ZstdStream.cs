using ZstdSharp;
using ZstdSharp.Unsafe;

namespace TransferEngine.Storage.Files;

/// <summary>
/// A zstd content (RFC 8878) uncompressed while it is read: any number of frames, and skippable ones between them. Damage, and a window
/// beyond all bounds, are told as an <see cref="InvalidDataException"/>, as the framework's gzip does.
/// </summary>
internal sealed class ZstdStream : ReadOnlyStream
{
    // 128 MiB: what the program zstd takes as well without being told (its --memory). A header of some bytes could ask for any amount.
    private const int MaxWindowLog = 27;

    private readonly DecompressionStream _content;

    /// <param name="packed">Owned from now on.</param>
    public ZstdStream(Stream packed)
    {
        _content = new DecompressionStream(packed, leaveOpen: false);
        _content.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _content.Read(buffer);
        }
        catch (Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw Damaged(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw Damaged(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }

    private static InvalidDataException Damaged(Exception e) => new(e is ZstdException { Code: ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge }
        ? $"its zstd compression needs more than {1 << (MaxWindowLog - 20)} MiB of memory; unpack it first with zstd -d --long=31"
        : "zstd: " + e.Message, e);
}

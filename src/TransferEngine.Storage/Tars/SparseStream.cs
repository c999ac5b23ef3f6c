using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>A sparse file's content: the stored parts, and zeros between them. Can seek where the stored parts can.</summary>
/// <param name="stored">The stored parts, from their beginning. Owned.</param>
/// <param name="map">Where they belong.</param>
internal sealed class SparseStream(Stream stored, SparseMap map) : ReadOnlyStream
{
    private long _position;

    public override bool CanSeek => stored.CanSeek;

    public override long Length => map.Length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(Span<byte> buffer) => Next(buffer.Length) is ({ } count, var isHole)
        ? isHole ? Zeros(buffer[..count]) : Advance(stored.Read(buffer[..count]))
        : 0;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Next(buffer.Length) is ({ } count, var isHole)
        ? isHole ? Zeros(buffer.Span[..count]) : Advance(await stored.ReadAsync(buffer[..count], cancellationToken))
        : 0;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        _position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => map.Length + offset,
        };
        if (_position < map.Length && map.At(_position).Stored is { } place)
            stored.Position = place;
        return _position;
    }

    /// <summary>Goes to a place ahead, by reading where it can't seek.</summary>
    public async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        if (CanSeek)
        {
            Position = count;
            return;
        }
        var skipped = new byte[64 * 1024];
        while (_position < count && await ReadAsync(skipped.AsMemory(0, (int)Math.Min(skipped.Length, count - _position)), cancellationToken) > 0)
            continue;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stored.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>How much can be read at once, and from where; no count at the end.</summary>
    private (int? Count, bool IsHole) Next(int wanted)
    {
        if (_position >= map.Length)
            return (null, false);
        var (place, count) = map.At(_position);
        // Read forwards, the stored parts follow each other; after a seek into a hole they need not.
        if (place is { } start && stored.CanSeek)
            stored.Position = start;
        return ((int)Math.Min(wanted, count), place is null);
    }

    private int Zeros(Span<byte> buffer)
    {
        buffer.Clear();
        return Advance(buffer.Length);
    }

    private int Advance(int count)
    {
        _position += count;
        return count;
    }
}

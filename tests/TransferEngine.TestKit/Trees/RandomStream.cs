namespace TransferEngine.TestKit.Trees;

/// <summary>A stream of a given length with a seed's bytes, for layers too large to hold in memory.</summary>
public sealed class RandomStream(ulong seed, long length) : Stream
{
    // Bytes are made in whole blocks, so that the content does not depend on how it is read.
    private const int BlockBytes = 8192;

    private readonly Xoshiro256 _generator = new(seed);
    private readonly byte[] _block = new byte[BlockBytes];
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var within = (int)(_position % BlockBytes);
        if (within == 0)
            _generator.Fill(_block);
        var count = (int)Math.Min(Math.Min(buffer.Length, BlockBytes - within), length - _position);
        _block.AsSpan(within, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

namespace TransferEngine.Storage.Tars;

/// <summary>An archive's bytes, read forwards and counted. What is skipped is not read where the stream can seek.</summary>
internal sealed class TarInput(Stream stream)
{
    /// <summary>Headers stand on, and contents fill, multiples of this.</summary>
    public const int BlockBytes = 512;

    private readonly byte[] _skipped = new byte[64 * 1024];
    private readonly long _length = stream.CanSeek ? stream.Length : long.MaxValue;

    public long Position { get; private set; }

    /// <summary>Whether the end is known beforehand, so that a content that lies beyond it is known without reading it.</summary>
    public bool IsSeekable => stream.CanSeek;

    /// <summary>Bytes to the end; a huge number where that is not known.</summary>
    public long Left => _length - Position;

    /// <returns>How many bytes there were: fewer than asked for only at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        Position += read;
        return read;
    }

    /// <exception cref="EndOfStreamException">The archive ends before.</exception>
    public byte[] ReadExactly(long count)
    {
        if (count > Left)
            throw new EndOfStreamException();
        var bytes = new byte[count];
        return Read(bytes) == bytes.Length ? bytes : throw new EndOfStreamException();
    }

    /// <exception cref="EndOfStreamException">The archive ends before.</exception>
    public void Skip(long count)
    {
        if (count > Left)
            throw new EndOfStreamException();
        if (stream.CanSeek)
        {
            stream.Seek(count, SeekOrigin.Current);
            Position += count;
            return;
        }
        while (count > 0)
        {
            var read = Read(_skipped.AsSpan(0, (int)Math.Min(count, _skipped.Length)));
            if (read == 0)
                throw new EndOfStreamException();
            count -= read;
        }
    }

    /// <summary>What fills a content's last block.</summary>
    public static long Padding(long length) => -length & (BlockBytes - 1);
}

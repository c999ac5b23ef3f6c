using System.IO.Compression;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>How an archive is compressed, told by its first bytes, never by its name.</summary>
internal enum TarCompression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>Opens archives uncompressed.</summary>
internal static class TarFiles
{
    // A tar's headers are a block each; whoever skips much reads little ahead.
    private const int BufferBytes = 16 * 1024;

    /// <summary>The file as it is.</summary>
    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);

    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: compressed in a way that isn't known.</exception>
    public static TarCompression CompressionOf(string path)
    {
        Span<byte> start = stackalloc byte[6];
        using (var file = Open(path))
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        // RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2: parallel compressors may begin with a skippable frame.
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return TarCompression.Gzip;
        if (start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) || start is [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..])
            return TarCompression.Zstd;
        if (start.StartsWith("BZh"u8) || start.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The archive is compressed with bzip2 or xz, which can't be read here.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = "Unpack the compression first (bunzip2, unxz).",
            });
        return TarCompression.None;
    }

    /// <summary>A stream that only goes forwards. Damage is told as <see cref="InvalidDataException"/> or <see cref="IOException"/>.</summary>
    public static Stream Uncompress(string path, TarCompression compression) => compression switch
    {
        TarCompression.Gzip => new GZipStream(Open(path), CompressionMode.Decompress),
        TarCompression.Zstd => new ZstdStream(Open(path)),
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };
}

namespace TransferEngine.Storage.DockerArchives;

/// <summary>How content is compressed, told by its first bytes: what names and media types say of it is not always true.</summary>
internal enum Compression
{
    None,
    Gzip,
    Zstd,
    Other,
}

internal static class CompressionMagic
{
    public const int Length = 6;

    public static Compression Of(ReadOnlySpan<byte> start) => start switch
    {
        [0x1f, 0x8b, ..] => Compression.Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression.Zstd,
        // A skippable frame, with which zstd:chunked and parallel writers may begin.
        [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..] => Compression.Zstd,
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] or [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..] => Compression.Other,
        _ => Compression.None,
    };
}

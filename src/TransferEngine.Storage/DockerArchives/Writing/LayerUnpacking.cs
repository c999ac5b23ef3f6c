using System.IO.Compression;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>Takes the compression off a blob while it comes in.</summary>
internal static class LayerUnpacking
{
    /// <summary>
    /// The blob's uncompressed content, and whether it is a layer: what is compressed, and what a media type calls a tar. Both are told
    /// by the first bytes rather than by what is said of them.
    /// </summary>
    /// <param name="blob">What is said of it.</param>
    /// <param name="packed">Its bytes; stays open.</param>
    /// <param name="cancellationToken">Stops the wait for the first bytes.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetRejected"/>: a compression that nobody here understands.</exception>
    public static async Task<(Stream Content, bool IsLayer)> OpenAsync(Descriptor blob, Stream packed, CancellationToken cancellationToken)
    {
        var start = new byte[CompressionMagic.Length];
        var count = await packed.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var whole = new PrefixedStream(start.AsMemory(0, count), packed);
        return CompressionMagic.Of(start.AsSpan(0, count)) switch
        {
            Compression.Gzip => (new GZipStream(whole, CompressionMode.Decompress), true),
            Compression.Zstd => (new ZstdStream(whole), true),
            Compression.Other => throw Refused(blob, "is compressed with xz or bzip2, which images do not use"),
            _ => (whole, blob.MediaType.Contains("tar", StringComparison.Ordinal)),
        };
    }

    public static TransferException Refused(Descriptor blob, string why) =>
        new(new TransferError(ErrorCode.TargetRejected, $"A docker archive holds layers unpacked, and {blob.Digest} {why}.") { Scope = ErrorScope.Blob, Digest = blob.Digest });

    /// <summary>Bytes that were read to look at them, and then the rest.</summary>
    private sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ReadOnlyStream
    {
        private ReadOnlyMemory<byte> _prefix = prefix;

        public override int Read(Span<byte> buffer) => _prefix.IsEmpty ? rest.Read(buffer) : TakePrefix(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _prefix.IsEmpty ? rest.ReadAsync(buffer, cancellationToken) : ValueTask.FromResult(TakePrefix(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        private int TakePrefix(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _prefix.Length);
            _prefix.Span[..count].CopyTo(buffer);
            _prefix = _prefix[count..];
            return count;
        }
    }
}

using System.Security.Cryptography;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>Hashes and counts what is read through it.</summary>
internal sealed class HashingStream(Stream inner, IncrementalHash hash) : ReadOnlyStream
{
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer) => Note(buffer, inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        return Note(buffer.Span, read);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Note(ReadOnlySpan<byte> buffer, int read)
    {
        hash.AppendData(buffer[..read]);
        Count += read;
        return read;
    }
}

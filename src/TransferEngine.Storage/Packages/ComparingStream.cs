using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>Takes what a file should hold, and throws where the file holds something else.</summary>
internal sealed class ComparingStream(Stream file, string path) : Stream
{
    private readonly byte[] _piece = new byte[128 * 1024];

    /// <summary>What is being compared, for messages.</summary>
    public string Member { get; set; } = "";

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => file.Position;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var piece = _piece.AsSpan(0, Math.Min(buffer.Length, _piece.Length));
            var read = file.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
            if (read < piece.Length)
                throw Different($"The package is cut short: it ends within or before its member {Member}.");
            if (!piece.SequenceEqual(buffer[..read]))
                throw Different($"The package is damaged or was changed: at byte {file.Position - read + piece.CommonPrefixLength(buffer)} there is something else than its member {Member}, which its index lists there.");
            buffer = buffer[read..];
        }
    }

    /// <summary>To be called when all was written.</summary>
    public void End()
    {
        if (file.Position < file.Length)
            throw Different($"The package is damaged or was changed: it goes on after its end at byte {file.Position}.");
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private TransferException Different(string message) => new(new TransferError(ErrorCode.PackageInvalid, message)
    {
        Scope = ErrorScope.Endpoint,
        Path = path,
        Hint = Package.DamageHint,
    });
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A request body that comes out of a pipe, buffer by buffer as it was filled: the socket takes it from there without another
/// copy. What the pipe was completed with ends the request.
/// </summary>
internal sealed class PipeContent : HttpContent
{
    private static readonly MediaTypeHeaderValue OctetStream = new("application/octet-stream");

    private readonly PipeReader _reader;
    private readonly long _length;
    private readonly IdleWatch _watch;

    public PipeContent(PipeReader reader, long length, IdleWatch watch)
    {
        _reader = reader;
        _length = length;
        _watch = watch;
        Headers.ContentType = OctetStream;
    }

    /// <summary>What was wrong with the content itself, whatever became of the request for it.</summary>
    public Exception? Failure { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var left = _length; ;)
        {
            var read = await ReadAsync(left, cancellationToken);
            // Waiting for the source is no idleness of the registry.
            _watch.Touch();
            foreach (var segment in read.Buffer)
            {
                await stream.WriteAsync(segment, cancellationToken);
                _watch.Touch();
            }
            left -= read.Buffer.Length;
            _reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private async ValueTask<ReadResult> ReadAsync(long left, CancellationToken cancellationToken)
    {
        try
        {
            var read = await _reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > left)
                throw WrongSize("goes on after that");
            return read.IsCompleted && read.Buffer.Length < left ? throw WrongSize($"ends {left - read.Buffer.Length} bytes before") : read;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Failure = e;
            throw;
        }
    }

    private TransferException WrongSize(string how) =>
        new(new TransferError(ErrorCode.BlobSizeMismatch, $"{_length} bytes of the blob were announced, but its content {how}.") { Scope = ErrorScope.Blob });
}

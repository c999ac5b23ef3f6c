using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

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

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            // Waiting for the source is no idleness of the registry.
            _watch.Touch();
            foreach (var segment in read.Buffer)
            {
                await stream.WriteAsync(segment, cancellationToken);
                _watch.Touch();
            }
            _reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}

using System.Net;

namespace TransferEngine.Registry;

/// <summary>
/// A blob's content over as many requests as it takes: where one breaks, the next goes on by Range at the same position, a
/// bounded number of times in a row, and only into the same content. A server that ignores Range is read over up to the position.
/// </summary>
internal sealed class ResumingStream(
    RegistryTransport transport, RegistryOptions options, RequestSubject subject, Func<long, CancellationToken, Task<HttpResponseMessage>> get, long offset) : Stream
{
    // As much between two breaks makes them two troubles, not one: a layer of many gigabytes may see more breaks than one try is worth.
    private const long Progress = 16 * 1024 * 1024;

    private HttpResponseMessage? _response;
    private Stream _body = Null;
    private long _position = offset;
    private long _skip;
    private long? _total;
    private string? _entityTag;
    private int _breaks;
    private long _brokenAt = offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <summary>Bytes of the whole blob; null until a registry has said so.</summary>
    public long? BlobLength => _total;

    private bool IsAtEnd => _skip == 0 && (_total is null || _position >= _total);

    /// <summary>Sends the request for what lies from the position on.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _response = await get(_position, cancellationToken);
        RequireSameContent(_response);
        // At the end and behind it there is nothing, in whatever way the registry says so.
        var isBehind = _response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || _total <= _position;
        _skip = _response.StatusCode == HttpStatusCode.OK && !isBehind ? _position : 0;
        _body = isBehind ? Null : await _response.Content.ReadAsStreamAsync(cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception cause;
            try
            {
                var read = await ReadBodyAsync(buffer, cancellationToken);
                _position += read;
                if (read > 0 || buffer.IsEmpty || IsAtEnd)
                    return read;
                cause = new EndOfStreamException("the content ends too early");
            }
            catch (Exception e) when (Silence.Is(e))
            {
                cause = e;
            }
            await ReopenAsync(cause, cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Content from a network is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _response?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadBodyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // A watch for each read: the time that the reader itself takes, waiting for a slow target, is not the source's.
        using var watch = transport.WatchIdleness(cancellationToken);
        try
        {
            while (_skip > 0)
            {
                var skipped = await _body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _skip)], watch.Token);
                if (skipped == 0)
                    return 0;
                _skip -= skipped;
                watch.Touch();
            }
            return await _body.ReadAsync(buffer, watch.Token);
        }
        catch (OperationCanceledException e) when (watch.IsIdle && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {options.IdleTimeout}", e);
        }
    }

    private async Task ReopenAsync(Exception cause, CancellationToken cancellationToken)
    {
        if (_position - _brokenAt >= Progress)
            _breaks = 0;
        _brokenAt = _position;
        if (_breaks == options.RetryTimes)
            throw SourceErrors.BrokenOff(cause, subject, _position);
        _response?.Dispose();
        await transport.BackOffAsync(_breaks++, RetryReason.Of(cause), cancellationToken);
        await OpenAsync(cancellationToken);
    }

    // The digest names the content, but it is checked at its end, or by the target: a mixture of two versions shows here, at once.
    private void RequireSameContent(HttpResponseMessage response)
    {
        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode == HttpStatusCode.PartialContent && range?.From != _position)
            throw subject.Violation($"The registry was asked for the blob from byte {_position} on, and answers with another part.");
        var total = response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : range?.Length;
        var entityTag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        if ((_total is not null && total is not null && total != _total)
            || (_entityTag is not null && entityTag is not null && entityTag != _entityTag)
            || (subject.Digest is { } wanted && Proof.Contradicts(response, wanted)))
            throw SourceErrors.Changed(subject);
        _total ??= total;
        _entityTag ??= entityTag;
    }
}

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace TransferEngine.TestKit.Line;

/// <summary>The head of a request or an answer, its lines as they came.</summary>
internal sealed record HttpHead(IReadOnlyList<string> Lines)
{
    public string Start => Lines[0];

    public int Status => int.Parse(Start.Split(' ')[1], CultureInfo.InvariantCulture);

    public long? Length => Field("Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    public bool IsChunked => Field("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;

    public bool EndsConnection => Field("Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) == true;

    public bool ExpectsContinue => Field("Expect") is not null;

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(string.Join("\r\n", Lines) + "\r\n\r\n");

    public HttpHead WithLength(long length) =>
        new([.. Lines.Select(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase) ? $"Content-Length: {length}" : line)]);

    private string? Field(string name) =>
        Lines.Skip(1).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line ? line[(name.Length + 1)..].Trim() : null;
}

/// <summary>One end of the line, read as HTTP/1.1 (RFC 9112): heads whole, bodies piece by piece as they come.</summary>
internal sealed class HttpEnd(Socket socket) : IDisposable
{
    private const int MaxHead = 64 * 1024;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[MaxHead];
    private int _start;
    private int _end;

    /// <summary>Whether the other side has closed the connection.</summary>
    public bool IsGone => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop) => _stream.WriteAsync(bytes, stop);

    /// <summary>Whether TLS begins here (RFC 8446: a handshake record), which a client may try before it speaks plainly.</summary>
    public async Task<bool> BeginsTlsAsync(CancellationToken stop) => (_start < _end || await FillAsync(stop) > 0) && _buffer[_start] == 0x16;

    /// <summary>Null where the connection ends instead.</summary>
    public async Task<HttpHead?> ReadHeadAsync(CancellationToken stop)
    {
        for (var searched = 0; ;)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                var text = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 4;
                return new HttpHead(text.Split("\r\n"));
            }
            if (searched == MaxHead || await FillAsync(stop) == 0)
                return null;
            searched = _end - _start;
        }
    }

    /// <summary>The next bytes, at most so many; empty at the end of the connection.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(long most, CancellationToken stop)
    {
        if (_start == _end && await FillAsync(stop) == 0)
            return default;
        var piece = _buffer.AsMemory(_start, (int)Math.Min(most, _end - _start));
        _start += piece.Length;
        return piece;
    }

    /// <summary>One line with its end, of a chunked body's frame.</summary>
    public async Task<byte[]> ReadLineAsync(CancellationToken stop)
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = _buffer[_start..(_start + at + 2)];
                _start += at + 2;
                return line;
            }
            if (await FillAsync(stop) == 0)
                throw new IOException("The connection ended within a chunk.");
        }
    }

    public void Reset()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // All connections were just ended, this one with them.
        }
        Dispose();
    }

    public void Dispose() => _stream.Dispose();

    private async ValueTask<int> FillAsync(CancellationToken stop)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += read;
        return read;
    }
}

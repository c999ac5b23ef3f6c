using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TransferEngine.TestKit.Line;

/// <summary>One client's connection through a <see cref="TcpProxy"/>, request after request.</summary>
internal sealed class LineRelay(TcpProxy proxy, Socket socket, int target)
{
    private readonly HttpEnd _client = new(socket);
    private readonly Socket _toRegistry = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private HttpEnd? _registry;

    /// <summary>Closes both ends, whatever goes on between them.</summary>
    public void End()
    {
        _client.Dispose();
        _toRegistry.Dispose();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        var byReset = false;
        try
        {
            for (var goesOn = !await RefusesTlsAsync(stop); goesOn && await _client.ReadHeadAsync(stop) is { } head;)
                goesOn = await ExchangeAsync(head, stop);
        }
        catch (LineCutException e)
        {
            byReset = e.ByReset;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One side went away: the other learns of it by the closed connection.
        }
        if (byReset)
            _client.Reset();
        End();
    }

    /// <summary>As a server that knows no TLS does: one that says nothing would be waited for.</summary>
    private async Task<bool> RefusesTlsAsync(CancellationToken stop)
    {
        if (!await _client.BeginsTlsAsync(stop))
            return false;
        await _client.WriteAsync("HTTP/1.0 400 Bad Request\r\n\r\n"u8.ToArray(), stop);
        return true;
    }

    /// <summary>False if the connection ends with it.</summary>
    private async Task<bool> ExchangeAsync(HttpHead head, CancellationToken stop)
    {
        proxy.Count(head.ToBytes().Length);
        var parts = head.Start.Split(' ');
        var address = parts[1].Split('?', 2);
        var request = new ProxiedRequest(proxy.NextNumber(), parts[0], address[0], address.ElementAtOrDefault(1) ?? "");
        var fault = proxy.Schedule(request);
        switch (fault)
        {
            case LineFault.Answer answer:
                proxy.Note(request, fault);
                return await AnswerAsync(head, request, answer, stop);
            case LineFault.Restart restart:
                proxy.Note(request, fault);
                proxy.Restart(restart.Length);
                return false;
            case LineFault.Hold:
                proxy.Note(request, fault);
                await proxy.WhenReleasedAsync();
                // Whoever was killed meanwhile asks for nothing any more.
                if (_client.IsGone)
                    return false;
                break;
            case LineFault.Slow:
                proxy.Note(request, fault);
                break;
        }
        return await PassAsync(head, request, fault, stop);
    }

    private async Task<bool> PassAsync(HttpHead head, ProxiedRequest request, LineFault? fault, CancellationToken stop)
    {
        void Met() => proxy.Note(request, fault!);
        var registry = await ConnectAsync(stop);
        var pace = (fault as LineFault.Slow)?.BytesPerSecond;
        var up = fault switch
        {
            LineFault.CutRequest cut => new LineMeter(registry, cut.After, cut.ByReset, null, null, Met),
            LineFault.StallRequest stall => new LineMeter(registry, stall.After, false, proxy.WhenReleasedAsync, null, Met),
            _ => new LineMeter(registry, null, false, null, pace, Met),
        };
        var down = fault switch
        {
            LineFault.CutAnswer cut => new LineMeter(_client, cut.After, cut.ByReset, null, null, Met),
            LineFault.StallAnswer stall => new LineMeter(_client, stall.After, false, proxy.WhenReleasedAsync, null, Met),
            _ => new LineMeter(_client, null, false, null, pace, Met),
        };
        var wrongRequest = head.Length > 0 ? fault as LineFault.WrongRequestLength : null;
        if (wrongRequest is not null)
            Met();
        await up.PassAsync((wrongRequest is null ? head : head.WithLength(Math.Max(0, head.Length!.Value + wrongRequest.By))).ToBytes(), stop);
        // Side by side: an answer may come before the whole request has gone, and a client may wait for its first word.
        var sending = PassBodyAsync(_client, head, hasBody: true, up, isRequest: true, stop);
        var answering = AnswerBackAsync(registry, request, fault as LineFault.WrongLength, down, stop);
        if (await Task.WhenAny(sending, answering) == sending)
            await sending;
        // The registry waits for what nobody will send.
        if (wrongRequest?.By > 0)
            throw new LineCutException(byReset: false);
        var goesOn = await answering;
        return goesOn && wrongRequest is null && sending.IsCompletedSuccessfully;
    }

    private async Task<bool> AnswerBackAsync(HttpEnd registry, ProxiedRequest request, LineFault.WrongLength? wrong, LineMeter down, CancellationToken stop)
    {
        while (true)
        {
            if (await registry.ReadHeadAsync(stop) is not { } answer)
                return false;
            var hasBody = request.Method != "HEAD" && answer.Status is >= 200 and not (204 or 304);
            if (wrong is not null && hasBody && answer.Length is { } length)
            {
                proxy.Note(request, wrong);
                await down.PassAsync(answer.WithLength(Math.Max(0, length + wrong.By)).ToBytes(), stop);
                await PassBodyAsync(registry, answer, hasBody, down, isRequest: false, stop);
                return false;
            }
            await down.PassAsync(answer.ToBytes(), stop);
            if (answer.Status < 200)
                continue;
            await PassBodyAsync(registry, answer, hasBody, down, isRequest: false, stop);
            return !answer.EndsConnection;
        }
    }

    private async Task PassBodyAsync(HttpEnd from, HttpHead head, bool hasBody, LineMeter to, bool isRequest, CancellationToken stop)
    {
        if (!hasBody)
            return;
        if (head.IsChunked)
            await PassChunksAsync(from, to, isRequest, stop);
        else if (head.Length is { } length)
            await PassBytesAsync(from, length, to, isRequest, stop);
        else if (!isRequest)
            await PassBytesAsync(from, long.MaxValue, to, isRequest, stop);
    }

    private async Task PassChunksAsync(HttpEnd from, LineMeter to, bool isRequest, CancellationToken stop)
    {
        for (var size = -1L; size != 0;)
        {
            var line = await from.ReadLineAsync(stop);
            size = long.Parse(Encoding.ASCII.GetString(line).Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await to.PassAsync(line, stop);
            await PassBytesAsync(from, size, to, isRequest, stop);
            await to.PassAsync(await from.ReadLineAsync(stop), stop);
        }
    }

    private async Task PassBytesAsync(HttpEnd from, long count, LineMeter to, bool isRequest, CancellationToken stop)
    {
        while (count > 0)
        {
            if (isRequest)
                await proxy.WhenOpenAsync();
            var piece = await from.ReadAsync(count, stop);
            if (piece.IsEmpty)
                throw new IOException("The connection ended within a body.");
            if (isRequest)
                proxy.Count(piece.Length);
            count -= piece.Length;
            await to.PassAsync(piece, stop);
        }
    }

    /// <summary>In the registry's place. What the client sends is taken first, unless it waits for a word before it sends anything.</summary>
    private async Task<bool> AnswerAsync(HttpHead head, ProxiedRequest request, LineFault.Answer answer, CancellationToken stop)
    {
        for (var left = head.ExpectsContinue ? 0 : head.Length ?? 0; left > 0;)
        {
            var piece = await _client.ReadAsync(left, stop);
            if (piece.IsEmpty)
                return false;
            left -= piece.Length;
        }
        var body = Encoding.UTF8.GetBytes(answer.Body);
        string[] lines = [$"HTTP/1.1 {answer.Status} As-the-test-wants", .. answer.Headers.Select(header => $"{header.Name}: {header.Value}"), $"Content-Length: {body.Length}", .. head.ExpectsContinue ? ["Connection: close"] : Array.Empty<string>()];
        await _client.WriteAsync(new HttpHead(lines).ToBytes(), stop);
        if (request.Method != "HEAD")
            await _client.WriteAsync(body, stop);
        return !head.ExpectsContinue;
    }

    private async Task<HttpEnd> ConnectAsync(CancellationToken stop)
    {
        if (_registry is null)
        {
            await _toRegistry.ConnectAsync(new IPEndPoint(IPAddress.Loopback, target), stop);
            _registry = new HttpEnd(_toRegistry);
        }
        return _registry;
    }
}

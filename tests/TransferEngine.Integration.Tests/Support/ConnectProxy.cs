using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>An HTTP proxy with CONNECT that lets one user in, and leads to a port of this machine whatever host is asked for.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _authorization;
    private readonly int _port;
    private readonly Task _running;

    public ConnectProxy(int port, string userInfo)
    {
        (_port, _authorization) = (port, "Proxy-Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(userInfo)));
        _listener.Start();
        _running = AcceptAsync();
    }

    public string Host => _listener.LocalEndpoint.ToString()!;

    /// <summary>The first lines of all requests, and whether they were let in.</summary>
    public ConcurrentQueue<(string Line, bool IsAllowed)> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var head = await ReadHeadAsync(stream);
                var isAllowed = head.Contains(_authorization, StringComparison.Ordinal);
                Requests.Enqueue((head.Split("\r\n")[0], isAllowed));
                await stream.WriteAsync(Encoding.ASCII.GetBytes(isAllowed
                    ? "HTTP/1.1 200 OK\r\n\r\n"
                    : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stop.Token);
                if (isAllowed)
                    await TunnelAsync(stream);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either end went away: the program under test says what it made of it.
            }
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) == 1)
            head.Append((char)one[0]);
        return head.ToString();
    }

    private async Task TunnelAsync(NetworkStream stream)
    {
        using var registry = new TcpClient();
        await registry.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
        await Task.WhenAny(stream.CopyToAsync(registry.GetStream(), _stop.Token), registry.GetStream().CopyToAsync(stream, _stop.Token));
    }
}

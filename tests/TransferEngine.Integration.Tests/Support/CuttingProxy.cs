using System.Net;
using System.Net.Sockets;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>
/// A TCP relay in front of a registry that drops each connection after so many bytes sent to the client, a number of times, and
/// is a plain relay after that: a line that breaks now and then.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly int _bytes;
    private readonly Task _accepting;
    private int _cutsLeft;

    public CuttingProxy(int targetPort, int bytes, int cuts)
    {
        _target = targetPort;
        _bytes = bytes;
        _cutsLeft = cuts;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How many connections are still to be cut.</summary>
    public int CutsLeft => Math.Max(0, Volatile.Read(ref _cutsLeft));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, _target);
            // The first that ends takes the other with it, by the sockets disposed of here.
            await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream(), long.MaxValue), CopyAsync(server.GetStream(), client.GetStream(), _bytes));
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long limit)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (var copied = 0L; ;)
            {
                var read = await from.ReadAsync(buffer, _stop.Token);
                if (read == 0)
                    return;
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                copied += read;
                if (copied >= limit && Interlocked.Decrement(ref _cutsLeft) >= 0)
                    return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side went away: the other learns of it by the closed connection.
        }
    }
}

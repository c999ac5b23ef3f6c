using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TransferEngine.TestKit.Line;

/// <summary>
/// The line between a client and a registry that speaks plain HTTP/1.1 on this machine, with all that happens on lines: for each request
/// <see cref="Schedule"/> says what. Without a word it is passed on, byte by byte as it is.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly IPEndPoint _address;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<LineRelay, Task> _relays = new();
    private readonly ConcurrentQueue<(ProxiedRequest Request, LineFault Fault)> _met = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = Opened();
    private volatile TaskCompletionSource _release = New();
    private volatile TaskCompletionSource _held = New();
    private volatile Task<Socket> _listening;
    private int _restarting;
    private int _requests;
    private long _received;

    /// <param name="targetPort">Where the registry listens on the loopback address.</param>
    public TcpProxy(int targetPort)
    {
        _target = targetPort;
        var listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _address = (IPEndPoint)listener.LocalEndPoint!;
        _listening = Task.FromResult(listener);
        _accepting = AcceptAsync();
    }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => $"127.0.0.1:{_address.Port}";

    public int Port => _address.Port;

    /// <summary>What happens to a request; asked once for each, by many connections at once.</summary>
    public Func<ProxiedRequest, LineFault?> Schedule { get; set; } = _ => null;

    /// <summary>The faults that have taken place.</summary>
    public IReadOnlyList<(ProxiedRequest Request, LineFault Fault)> Met => [.. _met];

    /// <summary>Bytes taken from clients so far.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Completes when a request is held for the first time since <see cref="HoldAfter"/>.</summary>
    public Task Held => _held.Task;

    /// <summary>Reads no more from clients, as a registry whose disk hangs: buffers fill, and the sender must wait.</summary>
    public void Pause() => _open = New();

    public void Resume() => _open.TrySetResult();

    /// <summary>From now on each request is passed on; those that are held go on, those that were stalled are cut.</summary>
    public void Heal()
    {
        Schedule = _ => null;
        _release.TrySetResult();
        Resume();
    }

    /// <summary>The first requests of a kind pass, all later ones are held: so whoever sends them can't come to an end.</summary>
    public void HoldAfter(int passing, Func<ProxiedRequest, bool> kind)
    {
        var seen = 0;
        (_release, _held) = (New(), New());
        Schedule = request => kind(request) && Interlocked.Increment(ref seen) > passing ? new LineFault.Hold() : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Heal();
        (await _listening).Dispose();
        await _accepting;
        foreach (var (relay, running) in _relays)
        {
            relay.End();
            await running;
        }
        _stop.Dispose();
    }

    internal int NextNumber() => Interlocked.Increment(ref _requests);

    internal void Count(int bytes) => Interlocked.Add(ref _received, bytes);

    internal Task WhenOpenAsync() => _open.Task.WaitAsync(_stop.Token);

    internal Task WhenReleasedAsync() => _release.Task.WaitAsync(_stop.Token);

    internal void Note(ProxiedRequest request, LineFault fault)
    {
        _met.Enqueue((request, fault));
        if (fault is LineFault.Hold)
            _held.TrySetResult();
    }

    /// <summary>Ends all connections, and takes none for a while.</summary>
    internal void Restart(TimeSpan length)
    {
        if (Interlocked.Exchange(ref _restarting, 1) == 1)
            return;
        var old = _listening;
        _listening = ListenAgainAsync(length);
        old.Result.Dispose();
        foreach (var relay in _relays.Keys)
            relay.End();
    }

    // A socket that takes no connection keeps the port: the system would give it to somebody's outgoing connection otherwise.
    private async Task<Socket> ListenAgainAsync(TimeSpan length)
    {
        using var place = Bind(_address);
        await Task.Delay(length, TimeProvider.System);
        var listener = Listen(_address);
        Volatile.Write(ref _restarting, 0);
        return listener;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
            try
            {
                var client = await (await _listening).AcceptAsync(_stop.Token);
                client.NoDelay = true;
                var relay = new LineRelay(this, client, _target);
                _relays[relay] = RunAsync(relay);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or restarted: then there is another listener soon.
            }
    }

    private async Task RunAsync(LineRelay relay)
    {
        await relay.RunAsync(_stop.Token);
        _relays.TryRemove(relay, out _);
    }

    private static Socket Listen(IPEndPoint address)
    {
        var listener = Bind(address);
        listener.Listen(512);
        return listener;
    }

    private static Socket Bind(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Two sockets of this program may have the port at once.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(address);
        return socket;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Opened()
    {
        var opened = New();
        opened.SetResult();
        return opened;
    }
}

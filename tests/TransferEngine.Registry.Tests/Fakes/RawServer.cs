using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace TransferEngine.Registry.Tests.Fakes;

/// <summary>A server that does with each connection what the test says, below HTTP: it may say nothing, or break the connection.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _connections;

    private RawServer(Func<int, Socket, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Host => _listener.LocalEndpoint.ToString()!;

    /// <summary>Connections that came.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <param name="serve">What is done with the first, second, … connection, which is closed after it.</param>
    public static RawServer Start(Func<int, Socket, CancellationToken, Task> serve) => new(serve);

    /// <summary>Says nothing, and keeps the connection.</summary>
    public static Task StallAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    /// <summary>Answers one request over TLS, and closes.</summary>
    public static async Task AnswerAsync(Socket socket, X509Certificate2 certificate, string status, CancellationToken cancellationToken)
    {
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancellationToken);
        await ReadHeadAsync(tls, cancellationToken);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancellationToken);
    }

    /// <summary>Breaks the connection off as a middlebox does: by a reset.</summary>
    public static void Reset(Socket socket) => socket.Close(timeout: 0);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                serving.Add(ServeAsync(Interlocked.Increment(ref _connections), socket));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(int number, Socket socket)
    {
        using (socket)
        {
            try
            {
                await _serve(number, socket, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client gave up, or the test is over.
            }
        }
    }

    private static async Task ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 })
        {
            // Whatever is asked for, the answer is the same.
        }
    }
}

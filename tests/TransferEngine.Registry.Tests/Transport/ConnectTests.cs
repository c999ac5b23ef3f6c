using System.Net;
using System.Net.Sockets;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Transport;

/// <summary>A connection that can't be made is trouble of the network, never somebody's wish to stop, and passes like a 5xx.</summary>
public sealed class ConnectTests
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly Digest Some = Digest.OfSha256([1]);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);
    private static readonly RegistryOptions Hasty = Options(Soon, retryTimes: 2);

    [Fact]
    public async Task A_handshake_that_takes_too_long_has_timed_out_and_is_tried_again()
    {
        await using var server = RawServer.Start((_, _, token) => RawServer.StallAsync(token));
        await using var target = Connect(server.Host, Hasty);
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.RequestTimedOut, ErrorScope.Endpoint, true), (error.Code, error.Scope, error.IsTransient));
        Assert.Equal(Hasty.RetryTimes + 1, server.Connections);
    }

    [Fact]
    public async Task A_handshake_that_takes_too_long_in_mid_run_is_tried_again()
    {
        using var certificate = TestCertificate.Create();
        var (isUp, stalled) = (false, 0);
        await using var server = RawServer.Start((_, socket, token) => Volatile.Read(ref isUp) && Interlocked.Increment(ref stalled) <= 2
            ? RawServer.StallAsync(token) : RawServer.AnswerAsync(socket, certificate, Volatile.Read(ref isUp) ? "404 Not Found" : "200 OK", token));
        // On a busy machine a sound handshake may take too long as well.
        await using var target = Connect(server.Host, Options(Soon, retryTimes: 50));
        await target.CheckAsync(CancellationToken.None);
        Volatile.Write(ref isUp, true);
        Assert.Null(await target.HeadBlobAsync(App, Some, CancellationToken.None));
        Assert.InRange(Volatile.Read(ref stalled), 3, int.MaxValue);
    }

    [Fact]
    public async Task A_handshake_that_is_reset_is_tried_again_at_the_first_request_too()
    {
        using var certificate = TestCertificate.Create();
        await using var server = RawServer.Start((number, socket, token) =>
        {
            if (number > 2)
                return RawServer.AnswerAsync(socket, certificate, "200 OK", token);
            RawServer.Reset(socket);
            return Task.CompletedTask;
        });
        await using var target = Connect(server.Host, Options(new RegistryOptions().ConnectTimeout, retryTimes: 2));
        await target.CheckAsync(CancellationToken.None);
    }

    // Wherever the client is with it: some are gone before the runtime has asked the connection whose it is.
    [Fact]
    public async Task A_connection_that_is_reset_as_soon_as_it_is_made_is_tried_again()
    {
        const int Resets = 300;
        await using var server = RawServer.Start((_, socket, _) =>
        {
            RawServer.Reset(socket);
            return Task.CompletedTask;
        });
        await using var target = Connect(server.Host, Options(TimeSpan.FromSeconds(4), Resets));
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.HostUnreachable, true), (error.Code, error.IsTransient));
        Assert.True(server.Connections > Resets);
    }

    [Fact]
    public async Task A_registry_that_refuses_connections_at_first_is_asked_again()
    {
        var port = FreePort();
        ScriptedRegistry? registry = null;
        var time = new PassingTime { Paused = async () => registry ??= await ScriptedRegistry.StartAsync(port) };
        await using var target = RegistryTarget.Create(RegistryEndpoint.Parse($"127.0.0.1:{port}"), new RegistryOptions(), FixedCredentials.Anonymous, time);
        await target.CheckAsync(CancellationToken.None);
        Assert.Single(time.Pauses);
        await registry!.DisposeAsync();
    }

    [Fact]
    public async Task A_plain_registry_whose_first_answer_is_cut_is_not_taken_for_one_with_a_bad_certificate()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var left = 1;
        registry.AnswerBase = (_, http) =>
        {
            if (left-- > 0)
                http.Abort();
            return ScriptedRegistry.StatusAsync(http, 200);
        };
        await using var target = await registry.ConnectAsync();
        Assert.Equal("http", target.Transport.Base.Scheme);
    }

    [Fact]
    public async Task The_caller_s_own_wish_to_stop_stays_one()
    {
        await using var server = RawServer.Start((_, _, token) => RawServer.StallAsync(token));
        using var stop = new CancellationTokenSource();
        await using var target = Connect(server.Host, new RegistryOptions());
        var check = target.CheckAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    private static RegistryOptions Options(TimeSpan connectTimeout, int retryTimes) =>
        new() { RetryTimes = retryTimes, RetryDelay = TimeSpan.Zero, ConnectTimeout = connectTimeout, TlsVerify = false };

    private static RegistryTarget Connect(string host, RegistryOptions options) =>
        RegistryTarget.Create(RegistryEndpoint.Parse(host), options, FixedCredentials.Anonymous, TimeProvider.System);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

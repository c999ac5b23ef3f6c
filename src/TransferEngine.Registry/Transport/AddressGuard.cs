using System.Net;
using System.Net.Sockets;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Opens connections, and none to where a registry has no business sending its readers: a redirect of a public registry must
/// not make this program ask a private address. Checked on the addresses that are then connected to, not on names.
/// </summary>
internal sealed class AddressGuard(string registry, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>Set on requests to where the registry sends its clients: a redirect, or an upload's location, away from it.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsElsewhere = new("transfer-engine.elsewhere");

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            var request = context.InitialRequestMessage;
            // Where the host differs from the request's, it is a proxy's: that one the user has named.
            if (request.Options.TryGetValue(IsElsewhere, out var isElsewhere) && isElsewhere && host == request.RequestUri!.IdnHost)
                await socket.ConnectAsync(await FindAddressesAsync(host, cancellationToken), port, cancellationToken);
            else
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The addresses of a host that the registry redirects to.</summary>
    /// <exception cref="TransferException">One is private, and none of the registry's own is.</exception>
    public async Task<IPAddress[]> FindAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = await _resolve(host, cancellationToken);
        if (!Array.Exists(addresses, IsPrivate))
            return addresses;
        var own = await _resolve(new Uri("http://" + registry).IdnHost, cancellationToken);
        return Array.Exists(own, IsPrivate) ? addresses
            : throw new TransferException(new TransferError(ErrorCode.ProtocolViolation, $"{registry} sends its clients to {Printable.Of(host)}, a private address, which a public registry has no reason to do.")
            { Host = registry, Hint = "Ask who runs the registry." });
    }

    /// <summary>Loopback, link-local, private and shared networks (RFC 1122, 1918, 3927, 4193, 4291, 6598), and what is no host at all.</summary>
    public static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any);
        var bytes = address.GetAddressBytes();
        return bytes[0] is 0 or 10 or 127 or >= 224
            || (bytes[0], bytes[1]) is (192, 168) or (169, 254) or (172, >= 16 and <= 31) or (100, >= 64 and <= 127);
    }
}

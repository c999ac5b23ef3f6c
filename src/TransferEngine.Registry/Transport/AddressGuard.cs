using System.Net;
using System.Net.Sockets;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Opens connections, and none to where a registry has no business sending its readers: a redirect of a public registry must
/// not make this program ask a private address. Checked on the addresses that are then connected to, not on names; behind a proxy,
/// which alone knows the address of a name, on those that are written out.
/// </summary>
internal sealed class AddressGuard(string registry, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    // Set on requests to where the registry sends its clients: its token server, a redirect, or an upload's location, away from it.
    private static readonly HttpRequestOptionsKey<bool> IsElsewhere = new("transfer-engine.elsewhere");

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Marks a request as one whose address is the registry's word.</summary>
    /// <exception cref="TransferException">The address is written out, and private.</exception>
    public async ValueTask MarkAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(IsElsewhere, true);
        if (IPAddress.TryParse(request.RequestUri!.IdnHost, out var written))
            await RequireFitAsync(written.ToString(), [written], cancellationToken);
    }

    public static bool IsMarked(HttpRequestMessage request) => request.Options.TryGetValue(IsElsewhere, out var isElsewhere) && isElsewhere;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            var request = context.InitialRequestMessage;
            // Where the host differs from the request's, it is a proxy's: that one the user has named.
            if (IsMarked(request) && host == request.RequestUri!.IdnHost)
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

    /// <summary>The addresses of a host that the registry sends its clients to.</summary>
    /// <exception cref="TransferException">One is private, and none of the registry's own is.</exception>
    public async Task<IPAddress[]> FindAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = await _resolve(host, cancellationToken);
        await RequireFitAsync(host, addresses, cancellationToken);
        return addresses;
    }

    private async Task RequireFitAsync(string host, IPAddress[] addresses, CancellationToken cancellationToken)
    {
        if (Array.Exists(addresses, PrivateNetworks.Contain) && !await IsRegistryPrivateAsync(cancellationToken))
            throw new TransferException(new TransferError(ErrorCode.ProtocolViolation,
                $"{registry} sends its clients to {Printable.Of(host)}, a private address, which a public registry has no reason to do.")
            { Host = registry, Hint = "Ask who runs the registry." });
    }

    private async Task<bool> IsRegistryPrivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Array.Exists(await _resolve(new Uri("http://" + registry).IdnHost, cancellationToken), PrivateNetworks.Contain);
        }
        catch (SocketException)
        {
            // Only a proxy knows where it is: then it is none of this network's.
            return false;
        }
    }
}

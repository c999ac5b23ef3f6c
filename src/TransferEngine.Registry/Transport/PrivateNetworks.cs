using System.Net;
using System.Net.Sockets;

namespace TransferEngine.Registry;

/// <summary>Addresses that no public server has: private and shared networks, this machine, and what only looks like an address.</summary>
internal static class PrivateNetworks
{
    // RFC 1122, 1918, 2544, 3068, 3927, 5737, 6598, 6890: also those for documentation and benchmarks, multicast and reserved ones.
    private static readonly IPNetwork[] IPv4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // RFC 3849, 3879, 4193, 4291, 6666, 8215: 64:ff9b:1::/48 is for a network's own translation of addresses.
    private static readonly IPNetwork[] IPv6 =
    [
        .. new[] { "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8" }
            .Select(text => IPNetwork.Parse(text)),
    ];

    // Addresses that stand for an IPv4 address in their bytes from here on: IPv4-compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
    private static readonly (IPNetwork Network, int Start)[] Embedding =
        [(IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    public static bool Contain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return Array.Exists(IPv4, network => network.Contains(address));
        if (Array.Exists(IPv6, network => network.Contains(address)))
            return true;
        var bytes = address.GetAddressBytes();
        return Array.Exists(Embedding, one => one.Network.Contains(address) && Contain(new IPAddress(bytes.AsSpan(one.Start, 4))));
    }
}

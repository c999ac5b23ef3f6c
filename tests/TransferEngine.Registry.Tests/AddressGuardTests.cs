using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry.Tests;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("2001:4860:4860::8888", false)]
    [InlineData("198.18.0.1", true)]
    [InlineData("198.19.255.255", true)]
    [InlineData("198.20.0.1", false)]
    [InlineData("192.0.0.8", true)]
    [InlineData("203.0.113.1", true)]
    [InlineData("240.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("64:ff9b::10.0.0.1", true)]
    [InlineData("64:ff9b::a9fe:a9fe", true)]
    [InlineData("64:ff9b::8.8.8.8", false)]
    [InlineData("64:ff9b:1::8.8.8.8", true)]
    [InlineData("2002:0a00:0001::1", true)]
    [InlineData("2002:7f00:0001::", true)]
    [InlineData("2002:0808:0808::1", false)]
    [InlineData("::10.0.0.1", true)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::ffff:198.18.0.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("ff02::1", true)]
    public void Private_addresses_are_told_from_public_ones(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, PrivateNetworks.Contain(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8", "9.9.9.9", true)]
    [InlineData("8.8.8.8", "9.9.9.9 169.254.169.254", false)]
    [InlineData("10.0.0.1", "10.0.0.2", true)]
    public async Task Only_a_registry_on_a_private_address_may_redirect_to_one(string registry, string store, bool isAllowed)
    {
        var guard = new AddressGuard("registry.example:5000", (host, _) => Task.FromResult(
            (host == "registry.example" ? registry : store).Split(' ').Select(IPAddress.Parse).ToArray()));
        if (isAllowed)
            Assert.NotEmpty(await guard.FindAddressesAsync("store.example", CancellationToken.None));
        else
            Assert.Equal(ErrorCode.ProtocolViolation, (await Assert.ThrowsAsync<TransferException>(() => guard.FindAddressesAsync("store.example", CancellationToken.None))).Error.Code);
    }
}

using System.Net;

namespace TransferEngine.Registry.Tests.Transport;

public sealed class EnvironmentProxyTests
{
    private readonly WebProxy _named = new("http://proxy.example:3128") { BypassList = [@"near\.example"] };

    [Theory]
    [InlineData("https://reg.example/v2/", false)]
    [InlineData("https://near.example/v2/", true)]
    [InlineData("http://localhost:5000/v2/", true)]
    [InlineData("http://127.0.0.1:5000/v2/", true)]
    [InlineData("http://[::1]:5000/v2/", true)]
    public void This_machine_is_never_reached_by_a_proxy(string url, bool isBypassed)
    {
        var proxy = new EnvironmentProxy(_named);
        Assert.Equal(isBypassed, proxy.IsBypassed(new Uri(url)));
        if (!isBypassed)
            Assert.Equal(_named.Address, proxy.GetProxy(new Uri(url)));
    }
}

using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(3, "SOURCE_NOT_FOUND", "nowhere")]
    [InlineData(2, "TREE is missing.")]
    [InlineData(2, "is no address to listen on", "tree", "--listen", "everywhere")]
    [InlineData(2, "is no address to listen on", "tree", "--listen", "127.0.0.1")]
    [InlineData(2, "A tar can only be read.", "registry-tar:any.tar", "--writable")]
    [InlineData(2, "names no folder or file", "registry-tree:")]
    [InlineData(2, "can't be read", "tree", "--tls-cert", "nowhere.pem")]
    [InlineData(2, "can't be read", "tree", "--htpasswd", "nowhere")]
    [InlineData(2, "Line 1 of", "tree", "--htpasswd", "plain")]
    [InlineData(2, "names no user", "tree", "--htpasswd", "empty")]
    public async Task What_can_not_be_served_is_said_in_words(int exitCode, string expected, params string[] args)
    {
        new StorageTreeBuilder(_folder.Of("tree")).AddImage("app", "latest", "layer");
        await File.WriteAllTextAsync(_folder.Of("plain"), "mover:secret\n");
        await File.WriteAllTextAsync(_folder.Of("empty"), "# nobody\n");
        var inFolder = args.Select(arg => arg is "nowhere" or "tree" or "plain" or "empty" or "nowhere.pem" ? _folder.Of(arg) : arg);
        var run = new CommandRun();
        await run.AssertExitAsync(exitCode, ["serve", .. inFolder]);
        Assert.Contains(expected, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_3()
    {
        new StorageTreeBuilder(_folder.Path).AddImage("app", "latest", "layer");
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var run = new CommandRun();
        await run.AssertExitAsync(3, "serve", _folder.Path, "--listen", taken.LocalEndpoint.ToString()!);
        Assert.Contains("LISTEN_FAILED", run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}

using System.Net;
using System.Net.Sockets;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

public sealed class UnusableEndpointTests : IDisposable
{
    private const string Password = "s3cret-of-the-registry";

    private readonly TemporaryFolder _folder = new();

    public UnusableEndpointTests() => new StorageTreeBuilder(_folder.Of("source")).AddImage("app", "v1", "base");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_that_is_no_storage_tree_ends_with_3_and_says_what_was_looked_for()
    {
        Directory.CreateDirectory(_folder.Of("empty"));
        var result = await TransferProgram.RunAsync("migrate", _folder.Of("empty"), "docker://localhost:1", "--state-dir", _folder.Of("state"));
        result.AssertExit(3);
        Assert.Contains("SOURCE_NOT_FOUND", result.Errors, StringComparison.Ordinal);
        Assert.Contains("docker/registry/v2", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_down_ends_with_3()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var port = ((IPEndPoint)unused.LocalEndpoint).Port;
        unused.Stop();
        var result = await TransferProgram.RunAsync("migrate", _folder.Of("source"), $"docker://127.0.0.1:{port}", "--state-dir", _folder.Of("state"), "--retry-times", "1");
        result.AssertExit(3);
        Assert.Contains("HOST_UNREACHABLE", result.Errors, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port}", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_end_with_3_and_no_output_holds_the_secret()
    {
        // The user "mover" with another password than the one given here, as bcrypt.
        await File.WriteAllTextAsync(_folder.Of("htpasswd"), "mover:$2y$05$Q2qRbYsmqnTPmRqnJ4OcYOSM5vWUDXJfUC3fcfa8CvNQvGFoM9j2a\n");
        Directory.CreateDirectory(_folder.Of("target"));
        await using var target = await DockerRegistry.StartAsync(_folder.Of("target"), new DockerRegistryOptions { HtpasswdFile = _folder.Of("htpasswd") });
        var report = _folder.Of("report.json");
        var result = await TransferProgram.RunAsync("migrate", _folder.Of("source"), $"docker://{target.Host}", "--state-dir", _folder.Of("state"),
            "--dest-creds", $"mover:{Password}", "--report", report, "--verbose");
        result.AssertExit(3);
        Assert.Contains("UNAUTHORIZED", result.Errors, StringComparison.Ordinal);
        var written = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(File.ReadAllText);
        Assert.All(written.Append(result.ToString()), text =>
        {
            Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"mover:{Password}")), text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("migrate", "/somewhere")]
    [InlineData("migrate", "/somewhere", "docker://localhost:1", "--no-such-flag")]
    [InlineData("migrate", "/somewhere", "docker://localhost:1", "--pushers", "many")]
    [InlineData("migrate", "/somewhere", "docker://localhost:1", "--limit-rate", "fast")]
    [InlineData("no-such-command")]
    public async Task Wrong_usage_ends_with_2_and_a_short_word(params string[] arguments)
    {
        var result = await TransferProgram.RunAsync(arguments);
        result.AssertExit(2);
        Assert.InRange(result.Errors.Trim().Split('\n').Length, 1, 6);
        Assert.Empty(result.Output);
    }
}

using TransferEngine.Images;
using TransferEngine.Registry.Daemon;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Daemon;

public sealed class DaemonBreakTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_daemon_that_breaks_off_in_the_middle_of_its_answer_is_an_error_of_the_endpoint(bool isLoad)
    {
        await using var server = await ScriptedRegistry.StartAsync();
        server.Answer = (request, http) =>
        {
            http.Response.Headers["Api-Version"] = "1.43";
            return request.Target == "/_ping" ? Task.CompletedTask : ScriptedRegistry.ContentAsync(request, http, new byte[100], cutAfter: 10);
        };
        using var daemon = new DaemonApi(DaemonEndpoint.Parse($"tcp://{server.Host}"));
        var failure = await Assert.ThrowsAsync<TransferException>(() => isLoad
            ? daemon.LoadAsync(new MemoryStream([1]), CancellationToken.None) : daemon.SaveAsync(["a:1"], Stream.Null, CancellationToken.None));
        Assert.Equal((ErrorCode.HostUnreachable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }
}

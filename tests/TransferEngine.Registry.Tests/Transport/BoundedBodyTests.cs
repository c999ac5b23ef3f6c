using System.Net;

namespace TransferEngine.Registry.Tests.Transport;

public sealed class BoundedBodyTests
{
    private const int Max = 32 * 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(5_000_000)]
    public async Task A_body_is_read_whole_with_a_stated_length_and_without(int length)
    {
        var body = new byte[length];
        new Random(1).NextBytes(body);
        using var stated = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };
        using var unstated = new HttpResponseMessage(HttpStatusCode.OK) { Content = new UnstatedContent(body) };
        Assert.Equal(body, await BoundedBody.ReadAsync(stated, Max, CancellationToken.None));
        Assert.Equal(body, await BoundedBody.ReadAsync(unstated, Max, CancellationToken.None));
        using var cut = new HttpResponseMessage(HttpStatusCode.OK) { Content = new UnstatedContent(body) };
        Assert.Equal(body[..Math.Min(length, 1000)], await BoundedBody.ReadAsync(cut, 1000, CancellationToken.None));
    }

    [Fact]
    public async Task A_length_that_is_stated_and_not_sent_costs_no_memory()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new UnstatedContent([1, 2, 3]) };
        response.Content.Headers.ContentLength = Max;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal([1, 2, 3], await BoundedBody.ReadAsync(response, Max, CancellationToken.None));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
    }

    /// <summary>Content that says nothing of its length.</summary>
    private sealed class UnstatedContent(byte[] body) : HttpContent
    {
        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new MemoryStream(body));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
